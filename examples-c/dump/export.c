#include "export.h"

#include "../common/kevo_memtables.h"
#include "../common/numbers.h"
#include "../common/text.h"

void export_run(struct export *export, const struct settings *settings, const kevo_memtable_list *list)
{
  const uint32_t flags = settings->newest_only ? KEVO_EXPORT_NEWEST_ONLY : 0;

  export->out_dir = settings->out_dir;
  export->code = kevo_memtable_list_export(list, settings->out_dir, flags, &export->entries,
                                           &export->memtable_size, &export->error);
}

void export_free(struct export *export)
{
  kevo_error_free(export->error);
}

const char *export_message(const struct export *export)
{
  const char *message = kevo_error_message(export->error);

  return message != NULL ? message : kevo_strerror(export->code);
}

void export_put(const struct export *export)
{
  put(&out, "\nexported ");
  put_counted(&out, export->entries, "entry", "entries");
  put(&out, " to ");
  put_text(&out, export->out_dir, 0);
  put(&out, "\n");
}

void export_advise(struct output *output, const struct export *export, const struct settings *settings)
{
  if (advise_on_memtables(output, export->memtable_size))
    put(output, settings->newest_only ? "\n" : ",\nor export with --newest-only\n");
}
