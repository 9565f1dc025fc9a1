/*
 * Calls every member of kevo.hpp and checks what comes of it. tests/c/harness tests the C functions that they call; this
 * is about values, errors in both forms, owners and lifetimes. Compiled without exceptions, it checks that what would
 * throw ends the process instead.
 *
 * usage: harness FIXTURES SCRATCH (SCRATCH is an empty directory)
 */
#include "kevo.hpp"

#include <atomic>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>

#ifndef __cpp_exceptions
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#endif

#if __cplusplus >= 202002L
#include <ranges>
#endif

namespace {

std::string fixtures;
std::string scratch;

/* ---- checks ------------------------------------------------------------------------------------------------- */

unsigned long checks;
unsigned long failures;

void check(bool holds, int line, const char *text)
{
  checks++;
  if (!holds) {
    failures++;
    std::printf("%s:%d: %s\n", __FILE__, line, text);
  }
}

template <class Actual, class Expected>
void check_equal(const Actual &actual, const Expected &expected, int line, const char *text)
{
  check(actual == expected, line, text);
  if (!(actual == expected)) {
    std::ostringstream is, should;
    is << actual;
    should << expected;
    std::printf("  is %s, should be %s\n", is.str().c_str(), should.str().c_str());
  }
}

/* Whether the call fails with the code: by an exception, or, where there are none, by SIGABRT. */
template <class Call>
bool throws(kevo::errc code, Call call)
{
#ifdef __cpp_exceptions
  try {
    call();
  } catch (const std::runtime_error &thrown) {
    const auto *error = dynamic_cast<const kevo::error *>(&thrown);
    return error != nullptr && error->code() == code;
  }
  return false;
#else
  static_cast<void>(code);
  std::fflush(stdout);
  const pid_t child = fork();
  if (child == 0) {
    call();
    _exit(0);
  }
  int status = 0;
  return waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
#endif
}

template <class T>
bool fails(kevo::errc code, const kevo::result<T> &result)
{
  return !result.has_value() && result.error().code() == code;
}

#define CHECK(condition) check((condition), __LINE__, #condition)
#define EQUAL(actual, expected) check_equal((actual), (expected), __LINE__, #actual)
/* Both forms of a call. */
#define FAILS(code, object, call)                                   \
  do {                                                              \
    CHECK(fails(kevo::errc::code, object.try_##call));              \
    CHECK(throws(kevo::errc::code, [&] { static_cast<void>(object.call); })); \
  } while (false)

std::string fixture(const char *name)
{
  return fixtures + "/" + name + "/wal";
}

kevo::memtable_list empty_list()
{
  return kevo::recover(scratch).list;
}

/* Entries as text: key, + for a put or - for a delete, sequence number: "a+1". */
std::string text_of(const kevo::entry &entry)
{
  return std::string(entry.key()) + (entry.deleted() ? "-" : "+") + std::to_string(entry.sequence());
}

std::string text_of(kevo::scan_range range)
{
  std::string text;
  for (const kevo::entry &entry : range)
    text += (text.empty() ? "" : " ") + text_of(entry);
  return text;
}

/* a and c with two versions each, b deleted. */
kevo::memtable_list small_list()
{
  kevo::memtable_list list = empty_list();
  list.put("a", "one", 1);
  list.put("b", "two", 2);
  list.put("c", "three", 3);
  list.erase("b", 4);
  list.put("a", "five", 5);
  list.put("c", "", 6);
  return list;
}

/* ---- what the compiler can check ----------------------------------------------------------------------------- */

template <class T>
constexpr bool move_only = std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T> &&
                           !std::is_copy_constructible_v<T> && !std::is_copy_assignable_v<T>;

static_assert(move_only<kevo::memtable_list> && move_only<kevo::memtable> && move_only<kevo::iterator>);
static_assert(move_only<kevo::table> && move_only<kevo::pinned>);
static_assert(move_only<kevo::recovery_report> && move_only<kevo::scan_range> && move_only<kevo::recovery>);
static_assert(!std::is_copy_constructible_v<kevo::recovery_options>);
static_assert(!std::is_copy_constructible_v<kevo::scan_options>);
static_assert(std::is_nothrow_move_constructible_v<kevo::recovery_options>);
static_assert(std::is_nothrow_move_constructible_v<kevo::scan_options>);
static_assert(std::is_nothrow_copy_constructible_v<kevo::error>);
/* A result<bool> that could be used as its bool would make endless loops. */
static_assert(!std::is_constructible_v<bool, kevo::result<bool>>);

#if __cplusplus >= 202002L
static_assert(std::input_iterator<kevo::scan_range::cursor>);
static_assert(std::sentinel_for<kevo::scan_range::sentinel, kevo::scan_range::cursor>);
static_assert(std::ranges::input_range<kevo::scan_range>);
static_assert(std::ranges::input_range<kevo::damage_list>);
#endif

/* ---- version and errors ------------------------------------------------------------------------------------- */

void test_version()
{
  EQUAL(kevo::version(), kevo_version_string());
  EQUAL(kevo::version_number(), std::uint32_t{KEVO_VERSION_NUMBER});
  CHECK(kevo::abi_check());
  CHECK(!kevo::abi_check(KEVO_VERSION_NUMBER + 1000000));
}

void test_messages()
{
  using kevo::errc;
  for (errc code : {errc::invalid_argument, errc::io, errc::corrupt, errc::too_many_memtables, errc::buffer_too_small,
                    errc::cancelled, errc::immutable, errc::no_memory, errc::panic}) {
    EQUAL(kevo::message(code), kevo_strerror(static_cast<int>(code)));
    CHECK(kevo::message(code) != kevo_strerror(1000)); /* no code is unknown */
  }
  const kevo::error error(KEVO_E_IMMUTABLE, "put");
  CHECK(error.code() == errc::immutable);
  EQUAL(std::string(error.what()), "put: the memtable is immutable");
  CHECK(!error.path() && !error.offset() && error.os_code() == 0 && error.report() == nullptr);
}

void test_error_of_the_system()
{
  const std::string missing = scratch + "/missing";
  const kevo::result<kevo::recovery> failed = kevo::try_recover(missing);
  CHECK(fails(kevo::errc::io, failed));
  CHECK(std::strstr(failed.error().what(), missing.c_str()) != nullptr);
  EQUAL(failed.error().path().value_or(""), missing);
  CHECK(!failed.error().offset());
  CHECK(failed.error().os_code() > 0);
  CHECK(failed.error().report() != nullptr && failed.error().report()->files() == 0);
  CHECK(throws(kevo::errc::io, [&] { kevo::recover(missing); }));
  const kevo::error &kept = kevo::try_recover(missing).error();
  EQUAL(kept.path().value_or(""), missing);
}

void test_error_in_a_file()
{
  std::optional<kevo::error> copy;
  {
    const kevo::result<kevo::recovery> failed = kevo::try_recover(fixture("dmg-flip-payload-mid"));
    CHECK(fails(kevo::errc::corrupt, failed));
    copy = failed.error();
  }
  /* A copy keeps alive what it returns. */
  EQUAL(copy->path().value_or(""), fixture("dmg-flip-payload-mid") + "/01750000000000000001.wal");
  EQUAL(copy->offset().value_or(0), 19200u);
  EQUAL(copy->os_code(), 0);
  EQUAL(copy->report()->damage().size(), 1u);
  EQUAL(copy->report()->damage().at(0).length, 640u);
}

void test_results()
{
  kevo::result<std::string> value = std::string("value");
  CHECK(value.has_value());
  EQUAL(value.value(), "value");
  EQUAL(*value, "value");
  EQUAL(value->size(), 5u);
  EQUAL(value.value_or("other"), "value");
  *value += "s";
  const kevo::result<std::string> copy = value;
  EQUAL(copy.value(), "values");
  EQUAL(*copy, "values");
  EQUAL(copy->size(), 6u);
  EQUAL(std::move(value).value_or("other"), "values");
  EQUAL(std::string(*kevo::result<std::string>("moved")), "moved");

  const kevo::result<std::string> error = kevo::error(KEVO_E_IO, "here");
  CHECK(!error.has_value());
  EQUAL(error.value_or("other"), "other");
  EQUAL(kevo::result<std::string>(error).value_or("other"), "other");
  EQUAL(std::string(error.error().what()), std::string("here: ") + kevo_strerror(KEVO_E_IO));
  CHECK(throws(kevo::errc::io, [&] { static_cast<void>(error.value()); }));
  CHECK(throws(kevo::errc::io, [&] { static_cast<void>(*error); }));
  CHECK(throws(kevo::errc::io, [&] { static_cast<void>(error->size()); }));

  const kevo::result<void> nothing;
  CHECK(nothing.has_value());
  nothing.value();
  const kevo::result<void> failed = kevo::error(KEVO_E_IO, "here");
  CHECK(fails(kevo::errc::io, failed));
  CHECK(throws(kevo::errc::io, [&] { failed.value(); }));
  const kevo::error &kept = kevo::result<void>(kevo::error(KEVO_E_IO, "here")).error();
  EQUAL(std::string(kept.what()), failed.error().what());
}

/* ---- recovery ----------------------------------------------------------------------------------------------- */

void test_recover()
{
  const auto [list, report] = kevo::recover(fixture("basic"));
  EQUAL(list.max_sequence(), 4u);
  EQUAL(report.files(), 1u);
  EQUAL(report.bytes(), 126u);
  EQUAL(report.entries_applied(), 4u);
  EQUAL(report.entries_above_max_sequence(), 0u);
  CHECK(report.damage().empty());

  CHECK(fails(kevo::errc::invalid_argument, kevo::try_recover(std::string("a\0b", 3))));
  CHECK(fails(kevo::errc::io, kevo::try_recover("")));
}

void test_recovery_options()
{
  using kevo::recovery_mode;
  kevo::recovery_options options;
  for (recovery_mode mode : {recovery_mode::tolerate_torn_tail, recovery_mode::point_in_time,
                             recovery_mode::skip_corrupted})
    CHECK(kevo::try_recover(fixture("dmg-torn-mid-payload"), options.mode(mode)).has_value());
  CHECK(fails(kevo::errc::corrupt,
              kevo::try_recover(fixture("dmg-torn-mid-payload"), options.mode(recovery_mode::absolute))));

  const char *stale = "engine-stale-after-rotation";
  EQUAL(kevo::recover(fixture(stale)).list.get("k00010").value_or("").substr(0, 3), "NEW");
  EQUAL(kevo::recover(fixture(stale), kevo::recovery_options().order(kevo::version_order::sequence))
            .list.get("k00010").value_or("").substr(0, 3), "OLD");
  EQUAL(kevo::recover(fixture(stale), kevo::recovery_options().order(kevo::version_order::log))
            .list.get("k00010").value_or("").substr(0, 3), "NEW");

  const kevo::recovery part =
      kevo::recover(fixture("multi-file"), kevo::recovery_options().max_sequence(50).threads(1));
  EQUAL(part.list.max_sequence(), 50u);
  EQUAL(part.report.entries_above_max_sequence(), 50u);

  const std::string large = fixture("max-memtables-exceeded");
  CHECK(fails(kevo::errc::too_many_memtables,
              kevo::try_recover(large, kevo::recovery_options().memtable_size(5000).max_memtables(3))));
  EQUAL(kevo::recover(large, kevo::recovery_options().memtable_size(5000).max_memtables(4)).list.count(), 4u);

  EQUAL(kevo::recover(fixture("merge")).report.merges_ignored(), 3u);

  const kevo::recovery point = kevo::recover(
      fixture("dmg-torn-first-of-two"), kevo::recovery_options().mode(kevo::recovery_mode::point_in_time));
  EQUAL(point.report.files_left_out(), 1u);
}

void test_set_aside()
{
  const kevo::recovery without = kevo::recover(fixture("engine-set-aside"),
                                               kevo::recovery_options().include_set_aside(false));
  EQUAL(without.report.entries_applied(), 3u);
  const kevo::recovery with = kevo::recover(fixture("engine-set-aside"), kevo::recovery_options().include_set_aside());
  EQUAL(with.report.set_aside_directories(), 1u);
  EQUAL(with.report.entries_applied(), 102u);
}

void test_options_remember_what_failed()
{
  kevo::recovery_options options;
  CHECK(options.status().has_value());
  options.max_memtables(0).memtable_size(0).threads(1);
  CHECK(fails(kevo::errc::invalid_argument, options.status()));
  EQUAL(std::string(options.status().error().what()), "recovery_options::max_memtables: invalid argument");
  const kevo::result<kevo::recovery> failed = kevo::try_recover(fixture("basic"), options);
  CHECK(fails(kevo::errc::invalid_argument, failed));
  EQUAL(std::string(failed.error().what()), options.status().error().what());
  CHECK(throws(kevo::errc::invalid_argument, [&] { kevo::recover(fixture("basic"), options); }));

  const auto refused = [](const kevo::recovery_options &wrong) {
    return fails(kevo::errc::invalid_argument, kevo::try_recover(fixture("basic"), wrong));
  };
  CHECK(refused(kevo::recovery_options().mode(static_cast<kevo::recovery_mode>(4))));
  CHECK(refused(kevo::recovery_options().order(static_cast<kevo::version_order>(-1))));
  CHECK(refused(kevo::recovery_options().memtable_size(0)));

  /* Options can be kept, moved, and used again. After a move, the old object is no options at all, not the defaults. */
  kevo::recovery_options kept = kevo::recovery_options().max_sequence(1);
  kevo::recovery_options moved = std::move(kept);
  EQUAL(kevo::recover(fixture("basic"), moved).report.entries_applied(), 1u);
  EQUAL(kevo::recover(fixture("basic"), moved).report.entries_applied(), 1u);
  CHECK(refused(kept));
  CHECK(refused(kept.threads(1)));
  kept = std::move(moved);
  EQUAL(kevo::recover(fixture("basic"), kept).report.entries_applied(), 1u);
}

void test_damage()
{
  const kevo::recovery torn = kevo::recover(fixture("dmg-torn-mid-payload"));
  EQUAL(torn.report.bytes_damaged(), 30u);
  EQUAL(torn.report.batches_dropped(), 0u);
  unsigned stretches = 0;
  for (const kevo::damage &damage : torn.report.damage()) {
    EQUAL(damage.path, fixture("dmg-torn-mid-payload") + "/01750000000000000001.wal");
    EQUAL(damage.offset, 1672u);
    EQUAL(damage.length, 30u);
    CHECK(damage.kind == kevo::damage_kind::torn_tail);
    CHECK(!damage.what.empty());
    stretches++;
  }
  EQUAL(stretches, 1u);
  FAILS(invalid_argument, torn.report.damage(), at(1));

  const kevo::recovery many =
      kevo::recover(fixture("dmg-flip-many"), kevo::recovery_options().mode(kevo::recovery_mode::skip_corrupted));
  const kevo::damage_list list = many.report.damage();
  CHECK(list.size() > 1 && !list.empty());
  auto at = list.begin();
  CHECK(at == list.begin() && at != list.end());
  EQUAL((*at++).offset, list.at(0).offset);
  EQUAL((*at).offset, list.at(1).offset);
  CHECK((*at).kind == kevo::damage_kind::corruption);
  CHECK(++at != list.begin());
}

/* ---- progress ----------------------------------------------------------------------------------------------- */

void test_progress()
{
  unsigned calls = 0;
  std::uint64_t last = 0, total = 0;
  kevo::recovery_options options;
  options.on_progress([&](std::uint64_t done, std::uint64_t all) {
    calls++;
    last = done;
    total = all;
    return kevo::progress::go_on;
  });
  kevo::recovery_options moved = std::move(options); /* the callback moves with them */
  CHECK(kevo::try_recover(fixture("frag-1m"), moved).has_value());
  CHECK(calls > 0 && last == total && total > 1u << 20);

  calls = 0;
  moved.on_progress([&calls](std::uint64_t, std::uint64_t) {
    calls++;
    return kevo::progress::cancel;
  });
  CHECK(fails(kevo::errc::cancelled, kevo::try_recover(fixture("frag-1m"), moved)));
  EQUAL(calls, 1u);

  moved.on_progress(nullptr);
  CHECK(kevo::try_recover(fixture("frag-1m"), moved).has_value());
  EQUAL(calls, 1u);
  CHECK(fails(kevo::errc::invalid_argument, kevo::try_recover(fixture("basic"), options.on_progress(nullptr))));
}

#ifdef __cpp_exceptions

struct stopped {
  int why;
};

void test_a_callback_that_throws()
{
  const kevo::recovery_options options =
      kevo::recovery_options().on_progress([](std::uint64_t, std::uint64_t) -> kevo::progress { throw stopped{7}; });
  const auto thrown_by = [](auto recover) {
    try {
      static_cast<void>(recover());
    } catch (const stopped &thrown) {
      return thrown.why;
    }
    return 0;
  };
  EQUAL(thrown_by([&] { return kevo::recover(fixture("frag-1m"), options); }), 7);
  EQUAL(thrown_by([&] { return kevo::try_recover(fixture("frag-1m"), options); }), 7);
  /* Nothing of it is left, in this thread or another. */
  CHECK(kevo::try_recover(fixture("frag-1m")).has_value());

  /* One recovery inside the other: each gets its own exception. */
  kevo::recovery_options outer;
  outer.on_progress([&](std::uint64_t, std::uint64_t) {
    EQUAL(thrown_by([&] { return kevo::recover(fixture("frag-1m"), options); }), 7);
    return kevo::progress::cancel;
  });
  CHECK(fails(kevo::errc::cancelled, kevo::try_recover(fixture("frag-1m"), outer)));

  /* So do two threads that share options, and throw at the same time. */
  for (int round = 0; round < 50; round++) {
    const std::thread::id here = std::this_thread::get_id();
    std::atomic<int> ready{0};
    const kevo::recovery_options shared =
        kevo::recovery_options().on_progress([&](std::uint64_t, std::uint64_t) -> kevo::progress {
          for (ready++; ready < 2;)
            std::this_thread::yield();
          throw stopped{std::this_thread::get_id() == here ? 1 : 2};
        });
    int other = 0;
    std::thread thread([&] { other = thrown_by([&] { return kevo::recover(fixture("basic"), shared); }); });
    EQUAL(thrown_by([&] { return kevo::recover(fixture("basic"), shared); }), 1);
    thread.join();
    EQUAL(other, 2);
  }
}

#endif

/* ---- lookups ------------------------------------------------------------------------------------------------ */

template <class Table>
void check_lookups(const Table &table)
{
  EQUAL(table.get("a").value_or("none"), "five");
  EQUAL(table.get("a", 4).value_or("none"), "one");
  EQUAL(table.get("a", 0).value_or("none"), "none");
  EQUAL(table.get("c").value_or("none"), "");
  CHECK(!table.get("b") && !table.get("d") && !table.get(""));
  EQUAL(table.try_get("a").value().value_or("none"), "five");
  CHECK(table.try_get("d").has_value() && !*table.try_get("d"));

  const kevo::lookup_result a = table.lookup("a");
  CHECK(a.found() && !a.deleted() && a.outcome == kevo::outcome::found);
  EQUAL(a.value, "five");
  EQUAL(a.sequence.value_or(0), 5u);
  const kevo::lookup_result b = table.lookup("b");
  CHECK(!b.found() && b.deleted() && b.outcome == kevo::outcome::deleted);
  EQUAL(b.value, "");
  EQUAL(b.sequence.value_or(0), 4u);
  EQUAL(table.lookup("b", 3).value, "two");
  const kevo::lookup_result d = table.lookup("d");
  CHECK(!d.found() && !d.deleted() && d.outcome == kevo::outcome::not_found && !d.sequence);
  CHECK(table.try_lookup("a").value().found());

  CHECK(table.contains("a") && !table.contains("b") && table.contains("b", 3) && !table.contains("d"));
  CHECK(*table.try_contains("a"));
}

void test_lookups()
{
  const kevo::memtable_list list = small_list();
  check_lookups(list);
  check_lookups(list.table(0));

  const kevo::memtable_list binary = kevo::recover(fixture("binary-keys")).list;
  const std::string_view value = binary.get(std::string_view("\0", 1)).value_or("");
  CHECK(value == std::string_view("\0\1\xff", 3));
}

void test_multi_get()
{
  const kevo::memtable_list list = small_list();
  const auto braces = list.multi_get({"a", "b", "c", "d"});
  EQUAL(braces.size(), 4u);
  EQUAL(braces[0].value_or("none"), "five");
  CHECK(!braces[1] && braces[2] && !braces[3]);
  EQUAL(list.multi_get(std::vector<std::string>{"a"}, 1).at(0).value_or("none"), "one");
  EQUAL(list.try_multi_get(std::vector<const char *>{"a"}).value().at(0).value_or("none"), "five");
  CHECK(list.multi_get({}).empty());

  const auto found = list.multi_lookup({"a", "b", "d"});
  EQUAL(found.at(0).value, "five");
  CHECK(found.at(0).found() && found.at(1).deleted() && !found.at(2).found() && !found.at(2).deleted());
  CHECK(!found.at(0).sequence);
  EQUAL(list.try_multi_lookup({"a"}, 1).value().at(0).value, "one");
}

/* ---- scans -------------------------------------------------------------------------------------------------- */

template <class Table>
void check_scans(const Table &table)
{
  using kevo::bound;
  using kevo::scan_options;
  const auto scanned = [&table](const scan_options &options) { return text_of(table.scan(options)); };

  EQUAL(text_of(table.scan()), "a+5 c+6");
  EQUAL(text_of(table.scan("a")), "a+5");
  EQUAL(text_of(*table.try_scan("c")), "c+6");
  EQUAL(text_of(*table.try_scan()), "a+5 c+6");
  EQUAL(scanned(scan_options().tombstones()), "a+5 b-4 c+6");
  EQUAL(scanned(scan_options().all_versions()), "a+5 a+1 b+2 c+6 c+3");
  EQUAL(scanned(scan_options().all_versions().tombstones()), "a+5 a+1 b-4 b+2 c+6 c+3");
  EQUAL(scanned(scan_options().all_versions().tombstones().all_versions(false)), "a+5 b-4 c+6");
  EQUAL(scanned(scan_options().tombstones().tombstones(false)), "a+5 c+6");
  EQUAL(scanned(scan_options().max_sequence(3)), "a+1 b+2 c+3");
  EQUAL(scanned(scan_options().max_sequence(3).lower("b")), "b+2 c+3");
  EQUAL(scanned(scan_options().max_sequence(3).lower("b", bound::exclusive)), "c+3");
  EQUAL(scanned(scan_options().max_sequence(3).upper("b")), "a+1");
  EQUAL(scanned(scan_options().max_sequence(3).upper("b", bound::inclusive)), "a+1 b+2");
  EQUAL(scanned(scan_options().prefix("c").lower("d")), "");
  EQUAL(scanned(scan_options().reverse()), "c+6 a+5");
  EQUAL(scanned(scan_options().reverse().all_versions().tombstones()), "c+3 c+6 b+2 b-4 a+1 a+5");
  EQUAL(scanned(scan_options().reverse().prefix("d")), "");
  EQUAL(scanned(scan_options().reverse().reverse(false)), "a+5 c+6");

  /* Options can be kept and used again, and are copied. */
  scan_options kept = scan_options().prefix("a");
  kevo::scan_range before = table.scan(kept);
  kept.prefix("c").lower("b").upper("d").max_sequence(3).reverse();
  EQUAL(text_of(std::move(before)), "a+5");
  EQUAL(scanned(kept), "c+3");
  const scan_options moved = std::move(kept);
  EQUAL(scanned(moved), "c+3");
  FAILS(invalid_argument, table, scan(kept)); /* it does not mean all keys */
  FAILS(invalid_argument, table, make_iterator(kept));
}

void test_scans()
{
  const kevo::memtable_list list = small_list();
  check_scans(list);
  check_scans(list.table(0));
}

void test_bindings()
{
  const kevo::memtable_list list = small_list();
  std::string text;
  for (auto [key, value] : list.scan())
    text += std::string(key) + "=" + std::string(value) + ";";
  for (const auto &[key, value] : list.scan("a"))
    text += std::string(key) + "=" + std::string(value) + ";";
  for (auto &[key, value] : list.scan("a"))
    text += std::string(key) + "=" + std::string(value) + ";";
  for (auto [key, value] : *list.try_scan("a")) /* the result is destroyed, the range lives on */
    text += std::string(key) + "=" + std::string(value) + ";";
  EQUAL(text, "a=five;c=;a=five;a=five;a=five;");

  kevo::scan_range range = list.scan(kevo::scan_options().tombstones().lower("b"));
  const auto cursor = range.begin();
  CHECK(cursor->op() == kevo::operation::erase && cursor->deleted() && cursor->value().empty());
  EQUAL(cursor->get<0>(), "b");
  EQUAL(cursor->get<1>(), "");
  EQUAL(kevo::entry().key(), "");
}

/* More entries than are read ahead. */
void test_long_scans()
{
  const unsigned count = 1000;
  kevo::memtable_list list = empty_list();
  const auto key_of = [](unsigned i) { return std::to_string(100000 + i); };
  for (unsigned i = 0; i < count; i++)
    list.put(key_of(i), key_of(i + 1), i + 1);
  unsigned at = 0;
  for (auto [key, value] : list.scan()) {
    CHECK(key == key_of(at) && value == key_of(at + 1));
    at++;
  }
  EQUAL(at, count);
  for (auto [key, value] : list.scan(kevo::scan_options().reverse())) {
    at--;
    CHECK(key == key_of(at) && value == key_of(at + 1));
  }
  EQUAL(at, 0u);

  /* A loop that was left early can go on, even after the range was moved. */
  kevo::scan_range first = list.scan();
  for (auto left = first.begin(); left != first.end() && at < 500; ++left)
    at++;
  auto cursor = first.begin();
  kevo::scan_range second = std::move(first);
  EQUAL(cursor->key(), key_of(500));
  cursor++;
  EQUAL((*second.begin()).key(), key_of(501));
  for (const kevo::entry &entry : second) {
    static_cast<void>(entry);
    at++;
  }
  EQUAL(at, 500u + 499u);
  CHECK(second.end() == second.begin() && !(second.end() != second.begin()));
  CHECK(second.begin() == second.end());
  CHECK(second.status().has_value());

  CHECK(throws(kevo::errc::invalid_argument, [&] { static_cast<void>(first.begin()); }));
  CHECK(fails(kevo::errc::invalid_argument, first.status()));
  first = list.scan();
  EQUAL(first.begin()->key(), key_of(0));
}

/* Walking fails only after an error in the library. Here the iterator is an empty handle. */
void test_scans_that_fail()
{
  for (const bool reverse : {false, true}) {
    kevo::detail::walk walk(kevo::iterator(nullptr), reverse, false);
    CHECK(walk.at_end() && walk.status().has_value());
    walk.read();
    CHECK(walk.at_end() && fails(kevo::errc::invalid_argument, walk.status()));
    walk.throw_failures();
    CHECK(throws(kevo::errc::invalid_argument, [&] { walk.read(); }));
  }
}

#if __cplusplus >= 202002L

void test_views()
{
  const kevo::memtable_list list = small_list();
  std::string text;
  for (std::string_view key : list.scan(kevo::scan_options().tombstones()) |
                                  std::views::filter([](const kevo::entry &entry) { return !entry.value().empty(); }) |
                                  std::views::transform(&kevo::entry::key) | std::views::take(5))
    text += key;
  EQUAL(text, "a");
  kevo::scan_range range = list.scan();
  EQUAL(std::ranges::distance(range), 2);
  const auto is_torn = [](const kevo::damage &damage) { return damage.kind == kevo::damage_kind::torn_tail; };
  const kevo::recovery torn = kevo::recover(fixture("dmg-torn-mid-payload"));
  CHECK(std::ranges::all_of(torn.report.damage(), is_torn));
}

#endif

/* ---- iterators ---------------------------------------------------------------------------------------------- */

std::string at(const kevo::iterator &iterator)
{
  const std::optional<kevo::entry> entry = iterator.entry();
  return entry ? text_of(*entry) : "END";
}

template <class Table>
void check_iterator(const Table &table)
{
  kevo::iterator iterator = table.make_iterator(kevo::scan_options().all_versions().tombstones());
  EQUAL(at(iterator), "END");
  CHECK(iterator.next());
  EQUAL(at(iterator), "a+5");
  CHECK(iterator.last());
  EQUAL(at(iterator), "c+3");
  CHECK(iterator.prev());
  EQUAL(at(iterator), "c+6");
  CHECK(iterator.first() && !iterator.prev());
  EQUAL(at(iterator), "END");
  CHECK(iterator.seek("b"));
  EQUAL(at(iterator), "b-4");
  CHECK(iterator.seek_for_prev("b"));
  EQUAL(at(iterator), "b+2");
  CHECK(!iterator.seek("d") && !iterator.seek_for_prev(""));
  CHECK(*iterator.try_first() && *iterator.try_last() && *iterator.try_seek("b") && *iterator.try_seek_for_prev("b"));
  CHECK(*iterator.try_next() && *iterator.try_prev());
  EQUAL(text_of(**iterator.try_entry()), "b+2");

  kevo::entry entries[2];
  CHECK(iterator.first());
  EQUAL(iterator.next_batch(entries, 2), 2u);
  EQUAL(text_of(entries[0]) + " " + text_of(entries[1]), "a+1 b-4");
  EQUAL(*iterator.try_next_batch(entries, 2), 2u);
  EQUAL(text_of(entries[0]) + " " + text_of(entries[1]), "b+2 c+6");
  EQUAL(iterator.next_batch(entries, 2), 1u);
  EQUAL(iterator.next_batch(entries, 2), 0u);
  FAILS(invalid_argument, iterator, next_batch(entries, 0));

  unsigned char buffer[64];
  CHECK(iterator.first() && iterator.prev() == false);
  kevo::packed laid = iterator.next_packed(buffer, 0);
  EQUAL(laid.count, 0u);
  EQUAL(laid.bytes, 24u + 1 + 4); /* what a = five needs */
  laid = iterator.next_packed(buffer, sizeof buffer);
  EQUAL(laid.count, 2u);
  EQUAL(laid.bytes, 2 * (24u + 1) + 4 + 3);
  CHECK(std::memcmp(buffer + 24, "afive", 5) == 0);
  CHECK(!iterator.seek("d"));
  laid = *iterator.try_next_packed(buffer, sizeof buffer);
  CHECK(laid.count == 0 && laid.bytes == 0);
  FAILS(invalid_argument, iterator, next_packed(nullptr, 1));

  EQUAL(at(*table.try_make_iterator()), "END");
}

void test_iterators()
{
  const kevo::memtable_list list = small_list();
  check_iterator(list);
  check_iterator(list.table(0));
}

/* ---- writes and memtables ----------------------------------------------------------------------------------- */

void test_writes()
{
  kevo::memtable_list list = empty_list();
  CHECK(list.try_put("a", "one", 1).has_value());
  EQUAL(list.max_sequence(), 1u);
  const std::string_view one = list.get("a").value_or("");
  kevo::scan_range before = list.scan();
  list.put("a", "two", 2);
  CHECK(list.try_erase("b", 3).has_value());
  EQUAL(one, "one");
  EQUAL(text_of(std::move(before)), "a+1");
  EQUAL(list.get("a").value_or(""), "two");
  CHECK(list.lookup("b").deleted());
}

void test_memtables()
{
  kevo::memtable_list list = empty_list();
  kevo::memtable table = list.table(0);
  EQUAL(table.next_sequence(), 0u);
  table.put("a", "one", 1);
  table.erase("b", 2);
  EQUAL(table.entry_count(), 2u);
  EQUAL(table.next_sequence(), 3u);
  EQUAL(table.approximate_size(), (1u + 3 + 16) + (1 + 16));
  CHECK(table.age().count() >= 0);
  CHECK(!table.is_immutable());
  table.set_immutable();
  CHECK(table.try_set_immutable().has_value() && table.is_immutable());
  FAILS(immutable, table, put("a", "two", 3));
  FAILS(immutable, table, erase("a", 3));
  EQUAL(std::string(table.try_put("a", "two", 3).error().what()), "put: the memtable is immutable");
  EQUAL(table.get("a").value_or(""), "one");

  list.put("a", "three", 3);
  EQUAL(list.count(), 2u);
  EQUAL(list.try_table(1)->get("a").value_or(""), "three");
  FAILS(invalid_argument, list, table(2));
}

/* ---- exports ------------------------------------------------------------------------------------------------ */

void test_export()
{
  const std::string out = scratch + "/export";
  const kevo::memtable_list list = small_list();
  const kevo::exported all = list.export_to(out);
  EQUAL(all.entries, 6u);
  EQUAL(all.memtable_size, 6u * 17 + 3 + 3 + 5 + 0 + 4 + 0);
  EQUAL(text_of(kevo::recover(out).list.scan()), "a+5 c+6");
  FAILS(io, list, export_to(out));
  FAILS(io, list, export_to(scratch + "/no such/export"));
  FAILS(invalid_argument, list, export_to(std::string("a\0b", 3)));
  std::filesystem::remove_all(out);
  EQUAL(list.try_export_to(out, kevo::export_of::newest_only)->entries, 3u);
  std::filesystem::remove_all(out);
}

/* ---- owners and lifetimes ----------------------------------------------------------------------------------- */

void test_ref()
{
  std::optional<kevo::memtable_list> list = small_list();
  kevo::memtable_list other = list->ref();
  const kevo::memtable_list third = *list->try_ref();
  const std::string_view value = list->get("a").value_or("");
  list.reset();
  EQUAL(value, "five");
  other.put("z", "new", 7);
  EQUAL(third.get("z").value_or(""), "new");
}

/* Any handle that is left keeps the list alive, and the bytes that point into it. */
void test_the_list_outlives_its_handle()
{
  std::optional<kevo::memtable_list> list = small_list();
  kevo::memtable table = list->table(0);
  kevo::iterator iterator = list->make_iterator();
  kevo::scan_range range = list->scan();
  const std::string_view value = list->get("a").value_or("");
  list.reset();
  EQUAL(table.get("a").value_or(""), "five");
  table = kevo::memtable(nullptr);
  CHECK(iterator.next());
  EQUAL(at(iterator), "a+5");
  iterator = kevo::iterator(nullptr);
  EQUAL(value, "five");
  EQUAL(text_of(std::move(range)), "a+5 c+6");
}

void test_handles()
{
  kevo::memtable_list list = small_list();
  CHECK(list && list.native_handle() != nullptr);
  kevo_slice value = {nullptr, 0};
  CHECK(kevo_memtable_list_get(list.native_handle(), "a", 1, kevo::latest, &value, nullptr) == KEVO_OK);
  kevo_memtable_list *released = list.release();
  CHECK(!list && list.native_handle() == nullptr);
  kevo::memtable_list adopted(released);
  EQUAL(adopted.get("a").value_or(""), "five");
}

/* Empty handles: moved from, or NULL from the start. */
void test_moved_from()
{
  kevo::memtable_list list = small_list();
  kevo::memtable table = list.table(0);
  kevo::iterator iterator = list.make_iterator();
  kevo::memtable_list moved_list = std::move(list);
  kevo::memtable moved_table = std::move(table);
  kevo::iterator moved_iterator = std::move(iterator);
  EQUAL(moved_list.get("a").value_or(""), "five");
  EQUAL(moved_table.get("a").value_or(""), "five");
  CHECK(moved_iterator.next());

  CHECK(!list && !table && !iterator);
  FAILS(invalid_argument, list, get("a"));
  FAILS(invalid_argument, list, lookup("a"));
  FAILS(invalid_argument, list, contains("a"));
  FAILS(invalid_argument, list, put("a", "b", 7));
  FAILS(invalid_argument, list, erase("a", 7));
  FAILS(invalid_argument, list, scan());
  FAILS(invalid_argument, list, scan("a"));
  FAILS(invalid_argument, list, make_iterator());
  FAILS(invalid_argument, list, ref());
  FAILS(invalid_argument, list, export_to(scratch + "/export"));
  FAILS(invalid_argument, list, table(0));
  FAILS(invalid_argument, list, multi_get({"a"}));
  FAILS(invalid_argument, list, multi_lookup({"a"}));
  CHECK(list.count() == 0 && list.max_sequence() == 0);

  FAILS(invalid_argument, table, get("a"));
  FAILS(invalid_argument, table, set_immutable());
  CHECK(!table.is_immutable() && table.approximate_size() == 0 && table.entry_count() == 0);
  CHECK(table.next_sequence() == 0 && table.age().count() == 0);

  kevo::entry entry;
  char buffer[64];
  FAILS(invalid_argument, iterator, first());
  FAILS(invalid_argument, iterator, last());
  FAILS(invalid_argument, iterator, seek("a"));
  FAILS(invalid_argument, iterator, seek_for_prev("a"));
  FAILS(invalid_argument, iterator, next());
  FAILS(invalid_argument, iterator, prev());
  FAILS(invalid_argument, iterator, entry());
  FAILS(invalid_argument, iterator, next_batch(&entry, 1));
  FAILS(invalid_argument, iterator, next_packed(buffer, sizeof buffer));

  const kevo::recovery_report none(nullptr);
  CHECK(none.files() == 0 && none.damage().empty());
  FAILS(invalid_argument, none.damage(), at(0));
}

void test_threads()
{
  kevo::memtable_list list = empty_list();
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 4; t++)
    threads.emplace_back([&list, t] {
      for (unsigned i = 0; i < 100; i++) {
        list.put(std::to_string(t) + "-" + std::to_string(i), "value", i + 1);
        static_cast<void>(list.get("0-0"));
        for (const kevo::entry &entry : list.scan(std::to_string(t) + "-"))
          static_cast<void>(entry);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  unsigned count = 0;
  for (const kevo::entry &entry : list.scan()) {
    static_cast<void>(entry);
    count++;
  }
  EQUAL(count, 400u);
}

/* ---- tables ------------------------------------------------------------------------------------------------- */

std::string table_file(const char *name)
{
  return fixtures + "/../tables/" + name;
}

void test_tables()
{
  const kevo::table table =
      kevo::open_table(table_file("by-hand-versions-newest-first/db/sst/0_000001_00000000000000000001.sst"));
  kevo::pinned pinned;
  EQUAL(table.get("k001", pinned).value_or("nothing"), "new");
  CHECK(!table.get("k000", pinned).has_value());
  CHECK(table.lookup("k000", pinned).deleted() && table.lookup("k000", pinned).sequence == 300u);
  CHECK(!table.lookup("k", pinned).sequence.has_value());
  CHECK(table.contains("k001") && !table.contains("k000"));
  pinned.reset();
  EQUAL(table.entries(), 180u);
  CHECK(table.tombstones() > 0 && table.memory() > 0 && table.created().count() > 0);
  EQUAL(table.blocks(), 4u);
  EQUAL(table.index_entries(), 4u);
  EQUAL(table.oversize(), 0u);
  EQUAL(table.bytes(), 9676u);
  EQUAL(table.version(), 2u);
  CHECK(table.generation() == kevo::table_generation::c);
  const std::vector<kevo::table_part> parts = table.parts();
  CHECK(parts.size() > 5 && parts.back().kind == kevo::table_part_kind::footer);
  EQUAL(parts.back().offset + parts.back().length, table.bytes());
  table.verify();
  EQUAL(table.damage().bytes_damaged(), 0u);

  const auto three = [] { return kevo::scan_options().upper("k003").all_versions().tombstones(); };
  const char *all = "k000-300 k000+200 k000+100 k001+301 k001+201 k001+101 k002+302 k002+202 k002+102";
  EQUAL(text_of(table.scan(three())), all);
  EQUAL(text_of(table.scan(three().reverse())),
        "k002+102 k002+202 k002+302 k001+101 k001+201 k001+301 k000+100 k000+200 k000-300");
  kevo::iterator walker = table.make_iterator(three());
  CHECK(walker.seek("k001") && walker.entry()->value() == "new");
}

void test_damaged_tables()
{
  const std::string path = table_file("damaged-data-block/db/sst/0_000001_01795647767046433797.sst");
  const kevo::table table = kevo::open_table(path);
  FAILS(corrupt, table, verify());
  EQUAL(table.damage().bytes_damaged(), 58263u);
  const kevo::result<kevo::scan_range> range = table.try_scan();
  kevo::iterator walker = table.make_iterator();
  unsigned count = 0;
  kevo::result<bool> moved = walker.try_next();
  for (; moved.has_value() && *moved; moved = walker.try_next())
    count++;
  EQUAL(count, 1106u);
  CHECK(fails(kevo::errc::corrupt, moved) && moved.error().path() == path && moved.error().offset().value_or(0) > 0);
  kevo::pinned pinned;
  CHECK(walker.entry().has_value());
  const std::string hidden = std::string(walker.entry()->key()) + "x";
  FAILS(corrupt, table, get(hidden, pinned));
  FAILS(corrupt, table, lookup(hidden, pinned));
  FAILS(corrupt, table, contains(hidden));

  const kevo::table intact = kevo::open_table(path, kevo::table_mode::skip_corrupted);
  count = 0;
  for (const kevo::entry &entry : intact.scan()) {
    static_cast<void>(entry);
    count++;
  }
  EQUAL(count, 1494u);
  CHECK(fails(kevo::errc::io, kevo::try_open_table(scratch + "/none")));
  CHECK(fails(kevo::errc::invalid_argument, kevo::try_open_table(std::string("a\0b", 3))));
  CHECK(throws(kevo::errc::io, [] { static_cast<void>(kevo::open_table(scratch + "/none")); }));

  const kevo::table none(nullptr);
  FAILS(invalid_argument, none, verify());
  FAILS(invalid_argument, none, damage());
  FAILS(invalid_argument, none, scan());
  FAILS(invalid_argument, none, make_iterator());
  CHECK(none.parts().empty() && none.entries() == 0);
}

/* ---- databases ---------------------------------------------------------------------------------------------- */

std::string database_path()
{
  return scratch + "/database";
}

void test_database_options()
{
  unsigned messages = 0, called = 0;
  auto options = kevo::database_options()
                     .create_if_missing()
                     .error_if_exists(false)
                     .read_only(false)
                     .memtable_size(1 << 20)
                     .max_memtables(2)
                     .log_size(1 << 20)
                     .log_mapped(false)
                     .log_retention(0)
                     .table_size(1 << 20)
                     .block_size(500)
                     .cache_size(1 << 20)
                     .filter_bits(10)
                     .compaction_rate(0)
                     .max_open_files(10)
                     .sync(kevo::sync_mode::bytes, 1000)
                     .compaction(kevo::compaction_style::leveled, 1)
                     .logger([&](kevo::log_level, std::string_view) { messages++; });
  CHECK(options.status().has_value());
  options.recovery(kevo::recovery_options().threads(1).on_progress([&](std::uint64_t, std::uint64_t) {
    called++;
    return kevo::progress::go_on;
  }));
  auto opened = kevo::try_open_database(database_path(), options);
  CHECK(opened.has_value());
  opened.value().database.put("key", "value");
  opened.value().database.close();
  options.error_if_exists();
  CHECK(fails(kevo::errc::exists, kevo::try_open_database(database_path(), options)));
  options.error_if_exists(false).max_memtables(0);
  CHECK(fails(kevo::errc::invalid_argument, kevo::try_open_database(database_path(), options)));
  CHECK(throws(kevo::errc::invalid_argument, [&] { kevo::open_database(database_path(), options); }));
  CHECK(fails(kevo::errc::invalid_argument,
              kevo::database_options().recovery(kevo::recovery_options().max_sequence(5)).status()));

  opened = kevo::try_open_database(
      database_path(), kevo::database_options().recovery(kevo::recovery_options().on_progress([&](auto, auto) {
        called++;
        return kevo::progress::cancel;
      })));
  CHECK(fails(kevo::errc::cancelled, opened));
  CHECK(called > 0);
  const std::string salvaged = database_path() + "-salvaged";
  const kevo::recovery_report found = kevo::salvage_database(database_path(), salvaged);
  CHECK(found.damage().begin() == found.damage().end());
  CHECK(fails(kevo::errc::exists, kevo::try_salvage_database(database_path(), salvaged)));
  CHECK(fails(kevo::errc::cancelled, kevo::try_salvage_database(database_path(), salvaged + "2",
                                                               kevo::recovery_options().on_progress([](auto, auto) {
                                                                 return kevo::progress::cancel;
                                                               }))));
  CHECK(fails(kevo::errc::invalid_argument, kevo::try_salvage_database(database_path(), std::string("a\0b", 3))));
  kevo::destroy_database(salvaged);
  kevo::destroy_database(database_path());
  CHECK(fails(kevo::errc::not_a_database, kevo::try_destroy_database(database_path())));
  CHECK(fails(kevo::errc::invalid_argument, kevo::try_destroy_database(std::string("a\0b", 3))));
  CHECK(fails(kevo::errc::invalid_argument, kevo::try_open_database(std::string("a\0b", 3))));
}

void test_database()
{
  auto db = kevo::open_database(database_path(), kevo::database_options().sync(kevo::sync_mode::none));
  kevo::pinned pinned;

  db.put("a", "1");
  db.put("b", std::string(1000, 'b'), {true, false});
  db.erase("c");
  CHECK(db.get("a", pinned) == "1");
  CHECK(db.get("b") == std::string(1000, 'b'));
  CHECK(!db.get("c").has_value() && !db.get("c", pinned).has_value());
  CHECK(fails(kevo::errc::locked, kevo::try_open_database(database_path())));

  kevo::write_batch batch;
  batch.put("a", "2");
  batch.erase("b");
  CHECK(batch.size() == 2 && !batch.empty() && batch.bytes() > 2);
  CHECK(batch.entry(0)->key() == "a" && batch.entry(1)->deleted() && !batch.entry(2).has_value());
  const kevo::snapshot before = db.make_snapshot();
  EQUAL(db.write(batch), 5u);
  batch.append(batch);
  EQUAL(batch.size(), 4u);
  batch.clear();
  CHECK(batch.empty());
  EQUAL(before.sequence(), 3u);
  EQUAL(db.last_sequence(), 5u);
  CHECK(db.get("a", &before) == "1" && db.get("a") == "2");
  CHECK(db.get("b", pinned, &before)->size() == 1000);
  CHECK(before.get("a", pinned) == "1");
  const auto values = db.multi_get({"a", "x"}, pinned);
  CHECK(values[0] == "2" && !values[1].has_value());

  std::string keys;
  for (const auto &[key, value] : db.scan())
    keys += key;
  for (const auto &[key, value] : before.scan(kevo::scan_options().reverse()))
    keys += key;
  EQUAL(keys, "aba");
  kevo::iterator now = db.make_iterator();
  db.put("d", "4");
  CHECK(now.last() && now.entry()->key() == "a");
  now.refresh();
  CHECK(now.last() && now.entry()->key() == "d");
  kevo::iterator then = before.make_iterator();
  FAILS(invalid_argument, then, refresh());
  FAILS(invalid_argument, db, make_iterator(kevo::scan_options().all_versions()));

  db.flush();
  db.sync();
  db.resume();
  db.status();
  auto reader = kevo::open_database(database_path(), kevo::database_options().read_only());
  db.put("e", "5");
  CHECK(!reader.get("e").has_value());
  reader.catch_up();
  CHECK(reader.get("e") == "5");
  db.erase("e");
  const std::string copy = database_path() + "-copy";
  FAILS(cancelled, db, checkpoint(copy, [](auto, auto) { return kevo::progress::cancel; }));
  db.checkpoint(copy);
  FAILS(exists, db, checkpoint(copy));
  FAILS(invalid_argument, db, checkpoint(std::string("a\0b", 3)));
  CHECK(kevo::open_database(copy).get("a") == "2");
  kevo::destroy_database(copy);
  const kevo::recovery_report sound = db.verify();
  CHECK(sound.damage().empty());
  FAILS(cancelled, db, verify([](auto, auto) { return kevo::progress::cancel; }));
  db.pause_background();
  db.continue_background();
  FAILS(invalid_argument, db, continue_background());
  CHECK(db.approximate_size() > 0);
  EQUAL(db.approximate_size("x", "y"), 0u);
  FAILS(cancelled, db, compact("", {}, [](auto, auto) { return kevo::progress::cancel; }));
  db.compact();
  EQUAL(db.stat(KEVO_DB_STAT_RUNS), 1u);
  const auto tables = db.tables();
  EQUAL(tables.size(), 1u);
  EQUAL(tables[0].entries, 2u);
  CHECK(tables[0].path.find(database_path() + "/sst/") == 0 && tables[0].bytes > 0 && !tables[0].foreign);
  EQUAL(kevo::database::stat_name(KEVO_DB_STAT_RUNS), "runs");
  EQUAL(kevo::database::stat_unit(KEVO_DB_STAT_RUNS), "count");
  EQUAL(kevo::database::stat_meaning(KEVO_DB_STAT_RUNS), "Runs of tables.");
  CHECK(kevo::database::stat_is_counter(KEVO_DB_STAT_FLUSHES) && !kevo::database::stat_is_counter(KEVO_DB_STAT_RUNS));
  CHECK(kevo::database::stat_name(100000).empty() && kevo::database::stat_meaning(100000).empty());
  CHECK(db.stat_text().find("\nkevo_runs 1\n") != std::string::npos);
  EQUAL(db.erase_range("a", "b"), 1u);
  EQUAL(db.erase_range("a", {}, true), 1u);

  kevo::database moved = std::move(db);
  FAILS(invalid_argument, db, put("a", "1"));
  moved.close();
  FAILS(invalid_argument, moved, close());
  FAILS(invalid_argument, moved, tables());
  CHECK(before.get("a", pinned) == "1");
  FAILS(closed, now, refresh());
  { const auto closes_itself = kevo::open_database(database_path()); }
  kevo::destroy_database(database_path());
}

void test_transactions()
{
  auto db = kevo::open_database(database_path(), kevo::database_options().sync(kevo::sync_mode::none));
  db.put("a", "1");
  db.put("c", "3");

  kevo::transaction one = db.begin();
  CHECK(one.get("a") == "1" && !one.get("b").has_value());
  one.put("b", "2");
  one.erase("c");
  std::string keys;
  for (const auto &[key, value] : one.scan())
    keys += key;
  for (const auto &[key, value] : one.scan(kevo::scan_options().reverse()))
    keys += key;
  EQUAL(keys, "abba");
  one.savepoint();
  EQUAL(one.erase_range("a", {}), 2u);
  CHECK(!one.get("b").has_value());
  CHECK(one.rollback_to_savepoint() && !one.rollback_to_savepoint());
  kevo::iterator iterator = one.make_iterator();
  CHECK(iterator.last() && iterator.entry()->key() == "b");
  FAILS(invalid_argument, iterator, refresh());
  EQUAL(one.commit({true, false}), 4u);
  FAILS(invalid_argument, one, commit());
  CHECK(db.get("b") == "2" && !db.get("c").has_value());

  kevo::transaction other = db.begin();
  CHECK(other.get("a") == "1");
  other.put("d", "4");
  db.put("a", "2");
  CHECK(fails(kevo::errc::conflict, other.try_commit()));
  kevo::transaction_options how;
  how.read_only = true;
  kevo::transaction reader = db.begin(how);
  FAILS(read_only, reader, put("a", "1"));
  FAILS(read_only, reader, erase("a"));
  reader.rollback();
  FAILS(invalid_argument, reader, rollback());
  how = {};
  how.exclusive = true;
  kevo::transaction exclusive = db.begin(how);
  how.timeout = std::chrono::milliseconds(1);
  FAILS(busy, db, begin(how));
  exclusive = kevo::transaction(nullptr);

  int runs = 0;
  db.transact([&](kevo::transaction &attempt) {
    const std::string before(*attempt.get("a"));
    if (runs++ == 0)
      db.put("a", "5");
    attempt.put("a", before + "+");
  });
  CHECK(runs == 2 && db.get("a") == "5+");

  const std::string wal = database_path() + "/wal";
  kevo::log_cursor feed = kevo::log_cursor::open(wal);
  std::vector<kevo::logged_entry> places;
  std::string fed;
  while (const auto next = feed.next()) {
    fed += std::string(next->entry.key()) + (next->last_of_batch ? "." : "");
    places.push_back(*next);
  }
  EQUAL(fed, "a.c.bc.a.a.a.");
  const std::string path(places[1].path);
  kevo::log_cursor again = kevo::log_cursor::open_at(wal, path, places[1].offset);
  const auto third = again.next(std::chrono::milliseconds(1));
  CHECK(third && third->entry.key() == "b" && !third->last_of_batch);
  feed.wake();
  CHECK(fails(kevo::errc::cancelled, feed.try_next(std::chrono::milliseconds(1000))));
  CHECK(!feed.next(std::chrono::milliseconds(1)));
  CHECK(fails(kevo::errc::io, kevo::log_cursor::try_open(database_path() + "/missing")));
  CHECK(fails(kevo::errc::invalid_argument, kevo::log_cursor::try_open_at(wal, path, ~std::uint64_t{0})));

  kevo::transaction late = db.begin();
  late.put("z", "26");
  db.close();
  CHECK(late.get("a") == "5+");
  CHECK(fails(kevo::errc::closed, late.try_commit()));
  kevo::destroy_database(database_path());
}

}  // namespace

int main(int argc, char **argv)
{
  if (argc != 3) {
    std::fprintf(stderr, "usage: harness FIXTURES SCRATCH\n");
    return 2;
  }
  fixtures = argv[1];
  scratch = argv[2];

  test_version();
  test_messages();
  test_error_of_the_system();
  test_error_in_a_file();
  test_results();
  test_recover();
  test_recovery_options();
  test_set_aside();
  test_options_remember_what_failed();
  test_damage();
  test_progress();
#ifdef __cpp_exceptions
  test_a_callback_that_throws();
#endif
  test_lookups();
  test_multi_get();
  test_scans();
  test_bindings();
  test_long_scans();
  test_scans_that_fail();
#if __cplusplus >= 202002L
  test_views();
#endif
  test_iterators();
  test_writes();
  test_memtables();
  test_export();
  test_ref();
  test_the_list_outlives_its_handle();
  test_handles();
  test_moved_from();
  test_threads();
  test_tables();
  test_damaged_tables();
  test_database_options();
  test_database();
  test_transactions();

  std::printf("%lu checks, %lu failures\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
