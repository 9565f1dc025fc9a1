/*
 * write.c in C++, with errors that are returned, not thrown: goes on writing where the log ended. What was read before
 * a write stays as it was: a value that was got, and a scan that was begun.
 *
 * The writes are in memory only; the log on disk is never touched.
 *
 * usage: write WAL_DIR KEY (the key must be in the log)
 */
#include <iostream>

#include "kevo.hpp"

static kevo::result<void> show_all(kevo::scan_range &range, const char *title)
{
  std::cout << title << '\n';
  for (auto [key, value] : range)
    std::cout << "  " << key << " = " << value << '\n';
  return range.status();
}

static kevo::result<void> write_and_compare(kevo::memtable_list &list, std::string_view key)
{
  const std::uint64_t next = list.max_sequence() + 1;
  const auto old_value = list.try_get(key);
  if (!old_value.has_value())
    return old_value.error();
  auto before = list.try_scan();
  if (!before.has_value())
    return before.error();

  /* Key and value are copied: the buffers may be reused as soon as the call is over. */
  if (const auto put = list.try_put(key, "changed", next); !put.has_value())
    return put;
  if (const auto put = list.try_put("brand-new", "added", next + 1); !put.has_value())
    return put;
  const auto new_value = list.try_get(key);
  if (!new_value.has_value())
    return new_value.error();
  std::cout << "the value got before the write: " << old_value->value_or("none") << '\n';
  std::cout << "the value got after it:         " << new_value->value_or("none") << '\n';
  if (const auto shown = show_all(*before, "the iterator made before the write"); !shown.has_value())
    return shown;

  if (const auto erased = list.try_erase(key, next + 2); !erased.has_value())
    return erased;
  auto after = list.try_scan();
  if (!after.has_value())
    return after.error();
  return show_all(*after, "an iterator made after one more write, a delete");
}

int main(int argc, char **argv)
{
  if (argc != 3) {
    std::cerr << "usage: write WAL_DIR KEY\n";
    return 2;
  }
  auto recovered = kevo::try_recover(argv[1]);
  if (!recovered.has_value()) {
    std::cerr << recovered.error().what() << '\n';
    return 1;
  }
  if (const auto done = write_and_compare(recovered->list, argv[2]); !done.has_value()) {
    std::cerr << done.error().what() << '\n';
    return 1;
  }
}
