/*
 * scan.c in C++: scans a range of keys, from the lower bound up to but without the upper one, upwards and downwards.
 *
 * usage: scan WAL_DIR LOWER UPPER
 */
#include <iostream>

#include "kevo.hpp"

int main(int argc, char **argv)
{
  if (argc != 4) {
    std::cerr << "usage: scan WAL_DIR LOWER UPPER\n";
    return 2;
  }
  try {
    const kevo::memtable_list list = kevo::recover(argv[1]).list;

    /* Every key is given once, in its newest version, and deleted keys are left out, unless the options change that. */
    kevo::scan_options options = kevo::scan_options().lower(argv[2]).upper(argv[3]);
    std::cout << "upwards\n";
    for (auto [key, value] : list.scan(options))
      std::cout << "  " << key << " = " << value << '\n';
    std::cout << "downwards\n";
    for (auto [key, value] : list.scan(options.reverse()))
      std::cout << "  " << key << " = " << value << '\n';
  } catch (const kevo::error &error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
