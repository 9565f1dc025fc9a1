#define _XOPEN_SOURCE 700

#include "adoption.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

#include "../common/complaint.h"
#include "../common/files.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/paths.h"

struct tables {
  uint64_t ours;
  uint64_t kevos;
};

/* Names of tables of this library begin with "+". */
static struct tables count_tables(const char *database)
{
  struct tables tables = {0, 0};
  char *path = joined(database, "sst");
  DIR *directory = path != NULL ? opendir(path) : NULL;
  struct dirent *entry;

  while (directory != NULL && (entry = readdir(directory)) != NULL) {
    size_t length = strlen(entry->d_name);

    if (*entry->d_name == '+')
      tables.ours++;
    else if (length > 4 && strcmp(entry->d_name + length - 4, ".sst") == 0)
      tables.kevos++;
  }
  if (directory != NULL)
    closedir(directory);
  free(path);
  return tables;
}

int is_kevos(const char *database)
{
  if (has_name(database, "VERSIONS") || count_tables(database).ours > 0)
    return 0;
  return has_name(database, "MANIFEST") || has_name(database, "sst") || has_name(database, "wal");
}

static void put_what_is_there(const char *database)
{
  char *wal = joined(database, "wal");
  struct files files;
  uint64_t bytes = 0;
  size_t i;

  if (wal == NULL)
    return;
  files_list(&files, wal, 1);
  for (i = 0; i < files.count; i++)
    bytes += files.logs[i].size;
  put(&err, "  It has ");
  put_counted(&err, files.count, "log", "logs");
  put(&err, " (");
  put_size(&err, bytes);
  put(&err, ")");
  if (files.set_aside_count > 0) {
    put(&err, ", those in ");
    put_counted(&err, files.set_aside_count, "directory", "directories");
    put(&err, " that Kevo has set aside included");
  }
  put(&err, ", and ");
  put_counted(&err, count_tables(database).kevos, "table", "tables");
  put(&err, ".\n");
  files_free(&files);
  free(wal);
}

int ask_for_adoption(const struct settings *settings)
{
  complain("this is a database of Kevo's, which libkevo has never written to: ", settings->database);
  put_what_is_there(settings->database);
  put(&err,
      "  This command would take it over: read all logs, those that were set aside, too; write VERSIONS and LOCK, and\n"
      "  renew MANIFEST; remove logs in wal when tables hold what was in them; and rewrite Kevo's tables by and by.\n"
      "  Kevo v1.4.2 can open it afterwards, earlier ones cannot be sure to.\n"
      "  End Kevo first, since it takes no lock; copy the directory if you want to be able to go back; and then\n"
      "  give --adopt to go on.\n");
  output_flush(&err);
  return EXIT_USAGE;
}
