package kevo

// #include <kevo.h>
import "C"

// Report is what recovery found; if it failed, what it found before that.
type Report struct {
	Files                   uint64 // files read
	Bytes                   uint64 // bytes of the files read
	EntriesApplied          uint64 // puts and deletes that are in a memtable
	EntriesAboveMaxSequence uint64 // entries ignored because of their sequence number
	MergesIgnored           uint64 // merges, which no memtable holds
	BatchesDropped          uint64 // batches of which not all entries were there
	BytesDamaged            uint64 // bytes that could not be used
	SetAsideDirectories     uint64 // directories to which Kevo has moved old logs, whether or not they were read
	// FilesLeftOut counts the files at the end of the log that a point-in-time recovery did not read.
	FilesLeftOut uint64
	// Damage is in the order of the log; if recovery failed, up to and including the damage that it failed on.
	Damage []Damage
}

// Damage is a stretch of a file that could not be used.
type Damage struct {
	Path   string // the file: the WAL directory as it was given, and the path below it
	Offset uint64 // where in the file it starts, in bytes
	Length uint64 // in bytes
	Kind   DamageKind
	What   string // what is wrong where it starts
}

// DamageKind is a kind of damage.
type DamageKind int

const (
	// TornTail is a write that was interrupted; the file ends in the middle of it.
	TornTail DamageKind = C.KEVO_DAMAGE_TORN_TAIL
	// Corruption is bytes that are not as they were written.
	Corruption DamageKind = C.KEVO_DAMAGE_CORRUPTION
	// Missing is a file that should be there and is not.
	Missing DamageKind = C.KEVO_DAMAGE_MISSING
	// Doubt is files that do not tell an order, or a table that may have held newer values than those that are given.
	Doubt DamageKind = C.KEVO_DAMAGE_DOUBT
	// Rebuilt is a list of tables that was lost, and made again from the tables.
	Rebuilt DamageKind = C.KEVO_DAMAGE_REBUILT
)

func (kind DamageKind) String() string {
	switch kind {
	case TornTail:
		return "torn tail"
	case Missing:
		return "missing"
	case Doubt:
		return "doubt"
	case Rebuilt:
		return "rebuilt"
	}
	return "corruption"
}

func readReport(report *C.kevo_recovery_report) *Report {
	stat := func(which C.int) uint64 { return uint64(C.kevo_recovery_report_stat(report, which)) }
	damage := make([]Damage, C.kevo_recovery_report_damage_count(report))
	for index := range damage {
		damage[index] = readDamage(report, C.size_t(index))
	}
	return &Report{
		Files:                   stat(C.KEVO_STAT_FILES),
		Bytes:                   stat(C.KEVO_STAT_BYTES),
		EntriesApplied:          stat(C.KEVO_STAT_ENTRIES_APPLIED),
		EntriesAboveMaxSequence: stat(C.KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE),
		MergesIgnored:           stat(C.KEVO_STAT_MERGES_IGNORED),
		BatchesDropped:          stat(C.KEVO_STAT_BATCHES_DROPPED),
		BytesDamaged:            stat(C.KEVO_STAT_BYTES_DAMAGED),
		SetAsideDirectories:     stat(C.KEVO_STAT_SET_ASIDE_DIRECTORIES),
		FilesLeftOut:            stat(C.KEVO_STAT_FILES_LEFT_OUT),
		Damage:                  damage,
	}
}

func readDamage(report *C.kevo_recovery_report, index C.size_t) Damage {
	var path, what *C.char
	var offset, length C.uint64_t
	var kind C.int
	C.kevo_recovery_report_damage(report, index, &path, &offset, &length, &kind, &what)
	return Damage{
		Path:   C.GoString(path),
		Offset: uint64(offset),
		Length: uint64(length),
		Kind:   DamageKind(kind),
		What:   C.GoString(what),
	}
}
