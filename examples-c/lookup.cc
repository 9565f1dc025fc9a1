/*
 * lookup.c in C++: recovers a log and looks up keys in it. There are three answers: found, deleted, never seen.
 *
 * usage: lookup WAL_DIR KEY...
 */
#include <iostream>

#include "kevo.hpp"

int main(int argc, char **argv)
{
  if (argc < 2) {
    std::cerr << "usage: lookup WAL_DIR KEY...\n";
    return 2;
  }
  try {
    /* Without options: a torn tail is tolerated, any other damage is an error. Nothing is changed on disk. */
    const kevo::memtable_list list = kevo::recover(argv[1]).list;

    for (int i = 2; i < argc; i++) {
      /* Who does not tell deleted from never seen calls get(), which gives a std::optional<std::string_view>. */
      const kevo::lookup_result found = list.lookup(argv[i]);
      std::cout << argv[i];
      if (found.found()) /* the value may hold any byte, and points into the list */
        std::cout << ": \"" << found.value << "\", written with sequence number " << *found.sequence << '\n';
      else if (found.deleted())
        std::cout << ": deleted with sequence number " << *found.sequence << '\n';
      else /* the key may still be in older tables on disk */
        std::cout << ": never seen\n";
    }
  } catch (const kevo::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
