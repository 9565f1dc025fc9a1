#include "command_line.h"

#include <stdlib.h>

#include "../common/command_line.h"
#include "../common/complaint.h"
#include "options.h"

static int take_path(void *context, const char *word)
{
  struct settings *settings = context;

  if (settings->path != NULL)
    return bad_usage("one path only, please, not also ", word);
  settings->path = word;
  return EXIT_SUCCESS;
}

int parse_command_line(char **argv, struct settings *settings)
{
  const struct grammar grammar = {dump_options, take_path};
  int status = parse_arguments(argv, &grammar, settings);

  if (status == EXIT_SUCCESS && settings->path == NULL)
    status = bad_usage("which log, database or table? ", "the path is missing");
  if (status == EXIT_SUCCESS && settings->json && settings->for_people != NULL)
    status = bad_usage("--json gives all entries, and so cannot be used with ", settings->for_people);
  if (status == EXIT_SUCCESS && settings->newest_only && settings->out_dir == NULL)
    status = bad_usage("--newest-only says what to export, so it needs ", "--export OUT_DIR");
  return status;
}
