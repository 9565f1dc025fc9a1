/*
 * past.c in C++: what a key was at earlier sequence numbers, and then every version of it that the log holds.
 *
 * usage: past WAL_DIR KEY SEQUENCE...
 */
#include <cstdlib>
#include <iostream>

#include "kevo.hpp"

int main(int argc, char **argv)
{
  if (argc < 3) {
    std::cerr << "usage: past WAL_DIR KEY SEQUENCE...\n";
    return 2;
  }
  try {
    const kevo::memtable_list list = kevo::recover(argv[1]).list;
    const std::string_view key = argv[2];

    /* The newest version of the key that is no newer than the sequence number. */
    for (int i = 3; i < argc; i++) {
      const std::uint64_t sequence = std::strtoull(argv[i], nullptr, 10);
      const kevo::lookup_result found = list.lookup(key, sequence);
      std::cout << "at " << sequence << ": "
                << (found.found() ? found.value : found.deleted() ? "deleted" : "not there yet") << '\n';
    }

    /* All versions, newest first, deletes too. */
    std::cout << "all versions\n";
    const kevo::scan_options all =
        kevo::scan_options().lower(key).upper(key, kevo::bound::inclusive).all_versions().tombstones();
    for (const kevo::entry &entry : list.scan(all))
      std::cout << "  " << entry.sequence() << ": " << (entry.deleted() ? "deleted" : entry.value()) << '\n';
  } catch (const kevo::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
