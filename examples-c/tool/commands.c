#include <string.h>

#include "command.h"

const struct command *const commands[] = {
    &get_command,    &put_command,     &delete_command, &scan_command,    &batch_command,
    &stats_command,  &compact_command, &verify_command, &salvage_command, &checkpoint_command,
    &export_command, &import_command,  &tail_command,   &bench_command,   NULL};

const struct command *command_named(const char *name)
{
  const struct command *const *command = commands;

  while (*command != NULL && strcmp((*command)->name, name) != 0)
    command++;
  return *command;
}
