#include "eyes.h"

#include "output.h"
#include "text.h"

static void text_line(const char *label, uint64_t number)
{
  put(&out, label);
  put_number(&out, number);
  put(&out, "\n");
}

void text_summary(const struct recovery *recovery)
{
  static const struct {
    int stat;
    const char *label;
  } rest[] = {{KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE, "entries above --max-sequence  "},
              {KEVO_STAT_MERGES_IGNORED, "merges ignored                "},
              {KEVO_STAT_BATCHES_DROPPED, "incomplete batches dropped    "},
              {KEVO_STAT_BYTES_DAMAGED, "bytes damaged                 "},
              {KEVO_STAT_SET_ASIDE_DIRECTORIES, "set-aside directories         "}};
  size_t i;

  put(&out, recovery->code == KEVO_OK ? "recovered " : "not recovered: ");
  put_text(&out, recovery->wal_dir, 0);
  put(&out, "\n");
  text_line("files read                    ", kevo_recovery_report_stat(recovery->report, KEVO_STAT_FILES));
  text_line("bytes read                    ", kevo_recovery_report_stat(recovery->report, KEVO_STAT_BYTES));
  if (recovery->code == KEVO_OK) {
    text_line("memtables                     ", kevo_memtable_list_count(recovery->list));
    text_line("entries                       ", recovery_entries(recovery));
    text_line("highest sequence number       ", kevo_memtable_list_max_sequence(recovery->list));
  }
  for (i = 0; i < sizeof rest / sizeof rest[0]; i++) {
    uint64_t number = kevo_recovery_report_stat(recovery->report, rest[i].stat);

    if (number != 0)
      text_line(rest[i].label, number);
  }
}

void text_damage(const struct recovery *recovery)
{
  struct damage damage;
  size_t i;

  put(&out, kevo_recovery_report_damage_count(recovery->report) == 0 ? "no damage\n" : "\ndamage\n");
  for (i = 0; recovery_damage(recovery, i, &damage); i++) {
    put(&out, damage.kind == KEVO_DAMAGE_TORN_TAIL ? "  torn tail   " : "  corruption  ");
    put_text(&out, damage.file, 0);
    put(&out, ", offset ");
    put_number(&out, damage.offset);
    put(&out, ", ");
    put_number(&out, damage.length);
    put(&out, damage.length == 1 ? " byte: " : " bytes: ");
    put_text(&out, damage.what, 0);
    put(&out, "\n");
  }
}

void text_hint(const struct recovery *recovery)
{
  if (kevo_recovery_report_stat(recovery->report, KEVO_STAT_SET_ASIDE_DIRECTORIES) > 0)
    put(&out, "\nKevo moved older logs to backup_*/ in this directory and will not read them again; they were not read "
              "here\neither. To bring them back, use --include-set-aside.\n");
}

void text_table(size_t index, const kevo_memtable *table)
{
  uint64_t entries = kevo_memtable_entry_count(table);

  put(&out, "\nmemtable ");
  put_number(&out, index);
  put(&out, kevo_memtable_is_immutable(table) ? ", immutable, " : ", open, ");
  put_number(&out, entries);
  put(&out, entries == 1 ? " entry, approximate size " : " entries, approximate size ");
  put_number(&out, kevo_memtable_approximate_size(table));
  put(&out, "\n");
}

void text_entry(size_t index, const kevo_entry *entry)
{
  (void)index;
  put(&out, "  ");
  put_readable(&out, entry->key);
  put(&out, " at ");
  put_number(&out, entry->sequence);
  if (entry->op == KEVO_OP_DELETE) {
    put(&out, " deleted\n");
  } else {
    put(&out, " = ");
    put_readable(&out, entry->value);
    put(&out, "\n");
  }
}
