package kevo;

import com.sun.jna.Pointer;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What recovery found; if it failed, what it found before that.
 *
 * @param files files read
 * @param bytes bytes of the files read
 * @param entriesApplied puts and deletes that are in a memtable
 * @param entriesAboveMaxSequence entries ignored because of their sequence number
 * @param mergesIgnored merges, which no memtable holds
 * @param batchesDropped batches of which not all entries were there
 * @param bytesDamaged bytes that could not be used
 * @param setAsideDirectories directories to which Kevo has moved old logs, whether or not they were read
 * @param filesLeftOut files at the end of the log that a point-in-time recovery did not read
 * @param damage in the order of the log; if recovery failed, up to and including the damage that it failed on
 */
public record RecoveryReport(
        long files,
        long bytes,
        long entriesApplied,
        long entriesAboveMaxSequence,
        long mergesIgnored,
        long batchesDropped,
        long bytesDamaged,
        long setAsideDirectories,
        long filesLeftOut,
        List<Damage> damage) {
    static RecoveryReport read(Pointer report) {
        long count = Library.kevo_recovery_report_damage_count(report);
        return new RecoveryReport(
                Library.kevo_recovery_report_stat(report, 1),
                Library.kevo_recovery_report_stat(report, 2),
                Library.kevo_recovery_report_stat(report, 3),
                Library.kevo_recovery_report_stat(report, 4),
                Library.kevo_recovery_report_stat(report, 5),
                Library.kevo_recovery_report_stat(report, 6),
                Library.kevo_recovery_report_stat(report, 7),
                Library.kevo_recovery_report_stat(report, 8),
                Library.kevo_recovery_report_stat(report, 9),
                LongStream.range(0, count).mapToObj(index -> Damage.read(report, index)).toList());
    }
}
