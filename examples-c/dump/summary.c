#include "summary.h"

#include "../common/entries.h"
#include "../common/label.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/readable.h"
#include "../common/terminal.h"
#include "../common/text.h"
#include "times.h"

/* If there are more memtables than this, those in the middle are only counted. */
#define SHOWN_MEMTABLES 16

struct memtables {
  kevo_scan *scan;
  size_t count;
};

static void put_verdict(const struct recovery *recovery)
{
  uint64_t damaged = kevo_recovery_report_damage_count(recovery->report);

  if (recovery->code != KEVO_OK)
    put_styled(BAD, "not recovered: ");
  else
    put_styled(GOOD, "recovered ");
  put_text(&out, recovery->wal_dir, 0);
  if (recovery->code == KEVO_OK && damaged == 0)
    put(&out, ", no damage");
  put(&out, "\n\n");
}

static void put_files(const struct recovery *recovery)
{
  uint64_t bytes = kevo_recovery_report_stat(recovery->report, KEVO_STAT_BYTES);

  put_label("files");
  put_counted(&out, kevo_recovery_report_stat(recovery->report, KEVO_STAT_FILES), "file", "files");
  put(&out, " read, ");
  put_size(&out, bytes);
  if (bytes >= 1024) {
    put(&out, " (");
    put_counted(&out, bytes, "byte", "bytes");
    put(&out, ")");
  }
  put(&out, "\n");
}

/* When the first and the last of the files were created that were there before the recovery began. */
static void put_times(const struct files *files)
{
  const char *first_name = NULL, *last_name = NULL;
  uint64_t first, last;
  size_t i;

  for (i = 0; i < files->count; i++) {
    if (files->logs[i].change == APPEARED)
      continue;
    last_name = log_name(files->logs[i].path);
    if (first_name == NULL)
      first_name = last_name;
  }
  if (first_name == NULL || !time_of_log(first_name, &first) || !time_of_log(last_name, &last))
    return;
  put_label("created");
  put_time(&out, first, "UTC");
  if (last != first) {
    put(&out, " to ");
    put_time(&out, last, "UTC");
  }
  put(&out, "\n");
}

static void put_damage(const struct recovery *recovery)
{
  uint64_t bytes = kevo_recovery_report_stat(recovery->report, KEVO_STAT_BYTES_DAMAGED);
  uint64_t torn = 0, corrupt = 0;
  struct damage damage;
  size_t i;

  for (i = 0; recovery_damage(recovery, i, &damage); i++) {
    torn += damage.kind == KEVO_DAMAGE_TORN_TAIL;
    corrupt += damage.kind != KEVO_DAMAGE_TORN_TAIL;
  }
  if (torn + corrupt == 0)
    return;
  put_label("damage");
  put_style(BAD);
  if (torn > 0)
    put_counted(&out, torn, "torn tail", "torn tails");
  if (torn > 0 && corrupt > 0)
    put(&out, " and ");
  if (corrupt > 0)
    put_counted(&out, corrupt, "corrupt stretch", "corrupt stretches");
  put_style(PLAIN);
  put(&out, ", ");
  put_counted(&out, bytes, "byte", "bytes");
  put(&out, "\n");
}

static void put_ignored(const struct recovery *recovery)
{
  static const struct {
    int stat;
    const char *one, *many;
  } rows[] = {{KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE, "entry above --max-sequence", "entries above --max-sequence"},
              {KEVO_STAT_MERGES_IGNORED, "merge: Kevo does not apply merges either",
               "merges: Kevo does not apply merges either"},
              {KEVO_STAT_BATCHES_DROPPED, "batch that is not complete",
               "batches that are not complete"},
              {KEVO_STAT_FILES_LEFT_OUT, "file after the damage", "files after the damage"}};
  size_t i;

  for (i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    uint64_t count = kevo_recovery_report_stat(recovery->report, rows[i].stat);

    if (count > 0) {
      put_label("left out");
      put_counted(&out, count, rows[i].one, rows[i].many);
      put(&out, "\n");
    }
  }
}

static void put_statistics(const struct recovery *recovery, const struct statistics *statistics)
{
  put_label("entries");
  put_grouped(&out, recovery_entries(recovery));
  put(&out, ": ");
  put_counted(&out, statistics->puts, "put, ", "puts, ");
  put_counted(&out, statistics->deletes, "delete\n", "deletes\n");
  put_label("keys");
  put_grouped(&out, statistics->keys);
  put(&out, ", ");
  put_grouped(&out, statistics->deleted_keys);
  put(&out, " of them deleted\n");
  put_label("sequences");
  if (statistics->keys > 0) {
    put_grouped(&out, statistics->lowest_sequence);
    put(&out, " to ");
  }
  put_grouped(&out, kevo_memtable_list_max_sequence(recovery->list));
  put(&out, "\n");
}

static kevo_slice key_at(kevo_iterator *iterator, int (*move)(kevo_iterator *iterator))
{
  kevo_entry entry = {{NULL, 0}, {NULL, 0}, 0, 0, 0};

  if (move(iterator) == KEVO_OK)
    kevo_iterator_entry(iterator, &entry);
  return entry.key;
}

static int put_memtable(const kevo_scan *scan, size_t index, const kevo_memtable *memtable)
{
  kevo_iterator *iterator;
  uint64_t entries = kevo_memtable_entry_count(memtable);
  int code = kevo_memtable_iterator(memtable, scan, &iterator);

  if (code != KEVO_OK)
    return code;
  put_label(index == 0 ? "memtables" : "");
  put_grouped(&out, index);
  put(&out, kevo_memtable_is_immutable(memtable) ? ": immutable, " : ": open, ");
  put_counted(&out, entries, "entry, ", "entries, ");
  put_size(&out, kevo_memtable_approximate_size(memtable));
  if (entries > 0) {
    put(&out, ", ");
    put_readable(key_at(iterator, kevo_iterator_first), 0);
    put(&out, " to ");
    put_readable(key_at(iterator, kevo_iterator_last), 0);
  }
  put(&out, "\n");
  kevo_iterator_free(iterator);
  return KEVO_OK;
}

static int show_memtable(void *context, size_t index, const kevo_memtable *memtable)
{
  const struct memtables *memtables = context;

  if (index < SHOWN_MEMTABLES / 2 || index + SHOWN_MEMTABLES / 2 >= memtables->count)
    return put_memtable(memtables->scan, index, memtable);
  if (index == SHOWN_MEMTABLES / 2) {
    put_label("");
    put(&out, "and ");
    put_counted(&out, memtables->count - SHOWN_MEMTABLES, "memtable", "memtables");
    put(&out, " more\n");
  }
  return KEVO_OK;
}

void summary_put(const struct recovery *recovery, const struct files *files, const struct statistics *statistics)
{
  struct memtables memtables;

  memtables.scan = scan_of_all();
  memtables.count = kevo_memtable_list_count(recovery->list);
  put_verdict(recovery);
  put_files(recovery);
  put_times(files);
  put_damage(recovery);
  if (statistics != NULL)
    put_statistics(recovery, statistics);
  put_ignored(recovery);
  if (statistics != NULL && memtables.scan != NULL)
    each_memtable(recovery->list, show_memtable, &memtables);
  kevo_scan_free(memtables.scan);
}
