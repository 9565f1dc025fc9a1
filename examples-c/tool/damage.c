#include "damage.h"

#include <string.h>

#include "../common/json_lines.h"
#include "../common/numbers.h"
#include "../common/output.h"
#include "../common/paths.h"
#include "../common/text.h"

struct stretch {
  const char *path;
  uint64_t offset;
  uint64_t length;
  int kind;
  const char *what;
};

static int get(const kevo_recovery_report *report, size_t index, struct stretch *stretch)
{
  return kevo_recovery_report_damage(report, index, &stretch->path, &stretch->offset, &stretch->length,
                                     &stretch->kind, &stretch->what) == KEVO_OK;
}

static int is_in(const kevo_recovery_report *report, const struct stretch *stretch)
{
  struct stretch other;
  size_t i;

  for (i = 0; get(report, i, &other); i++) {
    if (strcmp(other.path, stretch->path) == 0 && other.offset == stretch->offset &&
        other.length == stretch->length && other.kind == stretch->kind)
      return 1;
  }
  return 0;
}

static const char *name_of(int kind)
{
  switch (kind) {
  case KEVO_DAMAGE_TORN_TAIL:
    return "interrupted";
  case KEVO_DAMAGE_MISSING:
    return "missing";
  case KEVO_DAMAGE_DOUBT:
    return "in doubt";
  case KEVO_DAMAGE_REBUILT:
    return "made again";
  default:
    return "damaged";
  }
}

static void put_for_people(const char *file, const struct stretch *stretch)
{
  int is_serious = stretch->kind == KEVO_DAMAGE_CORRUPTION || stretch->kind == KEVO_DAMAGE_MISSING;

  put_styled(is_serious ? BAD : PLAIN, name_of(stretch->kind));
  put(&out, ": ");
  put_text(&out, file, 0);
  if (stretch->length > 0) {
    put(&out, " at ");
    put_grouped(&out, stretch->offset);
    put(&out, ", ");
    put_counted(&out, stretch->length, "byte", "bytes");
  }
  put(&out, ": ");
  put_text(&out, stretch->what, 0);
  put(&out, "\n");
}

static void add(struct damage_count *count, int kind)
{
  if (kind == KEVO_DAMAGE_TORN_TAIL)
    count->torn++;
  else if (kind == KEVO_DAMAGE_DOUBT || kind == KEVO_DAMAGE_REBUILT)
    count->doubt++;
  else
    count->damaged++;
}

void damage_put(const struct settings *settings, const kevo_recovery_report *report,
                const kevo_recovery_report *before, struct damage_count *count)
{
  struct stretch stretch;
  size_t i;

  for (i = 0; get(report, i, &stretch); i++) {
    const char *file = path_below(settings->database, stretch.path);

    if (before != NULL && is_in(before, &stretch))
      continue;
    add(count, stretch.kind);
    if (settings->json)
      json_put_damage(file, stretch.offset, stretch.length, stretch.kind);
    else
      put_for_people(file, &stretch);
  }
}
