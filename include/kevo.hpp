/**
 * @file
 * libkevo for C++17 and later: kevo.h with handles that free themselves, views, ranges, and errors thrown or returned.
 *
 * It is header only; link with libkevo. kevo.h says what each call does; this page says how it looks in C++:
 *
 *   - Each class that owns a handle of kevo.h owns exactly one, can be moved but not copied, and frees the handle. An
 *     object that was moved from has no handle: members that can fail then fail with errc::invalid_argument, all others
 *     give 0 or nothing. native_handle() lends the handle to C, release() gives it away, and the constructor that takes
 *     a handle adopts it.
 *   - Members that can fail have two forms: `name` throws kevo::error, `try_name` returns result<T>. "Not found",
 *     "deleted" and "no more entries" are values, not failures. Each of these members can fail with errc::panic, an
 *     error in the library, so they name only their other errors. Without exceptions (-fno-exceptions) use try_name:
 *     the other form then ends the process. If the C++ library itself is out of memory, it throws std::bad_alloc.
 *   - Keys and values are std::string_view, of any bytes. Arguments are copied, or used only during the call. Results
 *     point into the list; nothing is copied. They stay valid and unchanged as long as any memtable_list, memtable,
 *     iterator or scan_range on that list lives, whatever is written to the list meanwhile. Those of a table are valid
 *     as long as kevo::pinned holds them, or until the iterator or the range goes on.
 *   - Any number of threads may call const members at once; they may also call put, erase and set_immutable, at any
 *     time. During a call of any other member, no other thread may use the object.
 */

#ifndef KEVO_HPP
#define KEVO_HPP

#if __cplusplus < 201703L
#error "kevo.hpp needs C++17 or later: compile with -std=c++17"
#endif

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "kevo.h"

/** What kevo.hpp offers. */
namespace kevo {

/** The bound that excludes nothing: every sequence number is at or below it. */
inline constexpr std::uint64_t latest = KEVO_SEQUENCE_LATEST;

/** What went wrong. */
enum class errc : int {
  invalid_argument = KEVO_E_INVALID_ARGUMENT, /**< A value that is out of range, or an object that was moved from. */
  io = KEVO_E_IO, /**< A file or directory could not be read or written. */
  corrupt = KEVO_E_CORRUPT, /**< A log or a table is damaged in a way that the mode does not pass over. */
  too_many_memtables = KEVO_E_TOO_MANY_MEMTABLES, /**< The log needs more memtables than are allowed. */
  buffer_too_small = KEVO_E_BUFFER_TOO_SMALL, /**< No member fails with it; see kevo::packed. */
  cancelled = KEVO_E_CANCELLED, /**< The progress callback asked to stop. */
  immutable = KEVO_E_IMMUTABLE, /**< The memtable takes no more writes. */
  no_memory = KEVO_E_NO_MEMORY, /**< There is not enough memory. */
  locked = KEVO_E_LOCKED, /**< The database is open for writing elsewhere. */
  conflict = KEVO_E_CONFLICT, /**< The transaction read what somebody has written since. */
  read_only = KEVO_E_READ_ONLY, /**< The database was opened read-only. */
  closed = KEVO_E_CLOSED, /**< The database is closed, or belongs to the process that this one was forked from. */
  failed = KEVO_E_FAILED, /**< A write, sync or flush failed before. */
  exists = KEVO_E_EXISTS, /**< There is something that must not be there. */
  not_a_database = KEVO_E_NOT_A_DATABASE, /**< There is no database. */
  too_large = KEVO_E_TOO_LARGE, /**< A key, a value or a batch is larger than may be. */
  expired = KEVO_E_EXPIRED, /**< The transaction outlived its time limit. */
  unsupported = KEVO_E_UNSUPPORTED, /**< A newer version of the library wrote it, or this build lacks an option. */
  busy = KEVO_E_BUSY, /**< It would have to wait, and must not. */
  panic = KEVO_E_PANIC, /**< An error in the library itself. Please report it. */
};

/** What recovery does about damage. */
enum class recovery_mode : int {
  /** The default: torn tails are reported, in any file; corruption is an error. */
  tolerate_torn_tail = KEVO_RECOVERY_TOLERATE_TORN_TAIL,
  /** Any damage is an error. */
  absolute = KEVO_RECOVERY_ABSOLUTE,
  /** Nothing after corruption is recovered; see KEVO_RECOVERY_POINT_IN_TIME for torn tails. */
  point_in_time = KEVO_RECOVERY_POINT_IN_TIME,
  /** All that is intact is recovered. */
  skip_corrupted = KEVO_RECOVERY_SKIP_CORRUPTED,
};

/** Which version of a key is the newest. */
enum class version_order : int {
  log = KEVO_ORDER_LOG, /**< The default: the one that was written last. */
  sequence = KEVO_ORDER_SEQUENCE, /**< The one that Kevo itself would answer with, which can be an old value. */
};

/** What is wrong with a stretch of a file. */
enum class damage_kind : int {
  torn_tail = KEVO_DAMAGE_TORN_TAIL, /**< A write that was interrupted; the file ends in the middle of it. */
  corruption = KEVO_DAMAGE_CORRUPTION, /**< Bytes that are not as they were written. */
  missing = KEVO_DAMAGE_MISSING, /**< A file that should be there is not. */
  doubt = KEVO_DAMAGE_DOUBT, /**< The files do not tell an order, or whether there were newer values. */
  rebuilt = KEVO_DAMAGE_REBUILT, /**< The list of tables was lost, and was made again. */
};

/** Which writer's layout a table has. */
enum class table_generation : int {
  a = KEVO_TABLE_GENERATION_A, /**< Kevo's first release to v1.1. */
  b = KEVO_TABLE_GENERATION_B, /**< Kevo v1.2 to v1.3. */
  c = KEVO_TABLE_GENERATION_C, /**< Kevo v1.4 and later. */
  libkevo = KEVO_TABLE_GENERATION_LIBKEVO, /**< This library. */
};

/** What a part of a table's file is. */
enum class table_part_kind : int {
  block = KEVO_TABLE_PART_BLOCK, /**< A block of entries. */
  oversize = KEVO_TABLE_PART_OVERSIZE, /**< An entry outside of blocks. */
  damaged = KEVO_TABLE_PART_DAMAGED, /**< Where a block should be, and none is. */
  index = KEVO_TABLE_PART_INDEX, /**< The index. */
  filter = KEVO_TABLE_PART_FILTER, /**< The filter, or Kevo's filters. */
  properties = KEVO_TABLE_PART_PROPERTIES, /**< What a table of this library's says of itself. */
  section = KEVO_TABLE_PART_SECTION, /**< Another section of such a table. */
  footer = KEVO_TABLE_PART_FOOTER, /**< The footer. */
};

/** What opening a table does about damage. */
enum class table_mode : int {
  absolute = KEVO_RECOVERY_ABSOLUTE, /**< The default: damage is an error to whatever needs what is damaged. */
  skip_corrupted = KEVO_RECOVERY_SKIP_CORRUPTED, /**< All that is intact is found and can be read. */
};

/** How an entry was written. */
enum class operation : std::uint32_t {
  put = KEVO_OP_PUT, /**< A put. */
  erase = KEVO_OP_DELETE, /**< A delete: a tombstone. */
};

/** What a lookup found. */
enum class outcome : int {
  found = KEVO_OK, /**< A value. */
  not_found = KEVO_NOT_FOUND, /**< The key was never seen, at or below the bound. */
  deleted = KEVO_DELETED, /**< The key was deleted. */
};

/** Whether a range includes its bound. */
enum class bound {
  inclusive, /**< The bound is in the range. */
  exclusive, /**< The bound is not in the range. */
};

/** What an export writes for each key. */
enum class export_of {
  all_versions, /**< All puts and deletes of the key. */
  newest_only, /**< Only the last put or delete of the key. */
};

/** What a progress callback asks for. */
enum class progress {
  go_on, /**< Recovery goes on. */
  cancel, /**< Recovery fails with errc::cancelled. */
};

/**
 * Is told how far recovery has read: the bytes read so far, and the bytes to be read. It is called on the thread that
 * called recover() or try_recover(), one call at a time. It may throw: that ends the recovery, and both functions throw
 * the same exception.
 */
using progress_callback = std::function<progress(std::uint64_t bytes_done, std::uint64_t bytes_total)>;

/** When what was written to a database is brought to disk. */
enum class sync_mode : int {
  none = KEVO_SYNC_NONE, /**< When the system likes; a crash of the process loses nothing. */
  bytes = KEVO_SYNC_BYTES, /**< After so many bytes. */
  always = KEVO_SYNC_ALWAYS, /**< The default: before a write is acknowledged. */
  buffered = KEVO_SYNC_BUFFERED, /**< Handed to the system after 64 KiB or 10 ms; a crash of the process loses that. */
};

/** How the tables of a database are merged. */
enum class compaction_style : int {
  tiered = KEVO_COMPACTION_TIERED, /**< The default: runs of about one size together. */
  leveled = KEVO_COMPACTION_LEVELED, /**< Each level is one run, ten times as large as the one before. */
  none = KEVO_COMPACTION_NONE, /**< Only by database::compact(). */
};

/** How important a message to a logger is. */
enum class log_level : int {
  error = KEVO_LOG_ERROR, /**< Something failed. */
  warning = KEVO_LOG_WARNING, /**< Something is not as it should be, and the database copes. */
  info = KEVO_LOG_INFO, /**< What happens. */
};

/** Is told what happens in a database; see kevo_log_callback. It must not throw, and calls nothing of kevo.h. */
using log_callback = std::function<void(log_level level, std::string_view message)>;

/** Says in a few words, in English, what a code means. The bytes are static, and a NUL ends them. */
inline std::string_view message(errc code) noexcept
{
  return kevo_strerror(static_cast<int>(code));
}

/** The version of the library, as text: "0.1.0". The bytes are static, and a NUL ends them. */
inline std::string_view version() noexcept
{
  return kevo_version_string();
}

/** The version of the library: major * 1000000 + minor * 1000 + patch. KEVO_VERSION_NUMBER is that of the header. */
inline std::uint32_t version_number() noexcept
{
  return kevo_version_number();
}

/** Whether the library serves programs that were compiled with the header of that version; by default, this header. */
inline bool abi_check(std::uint32_t header_version = KEVO_VERSION_NUMBER) noexcept
{
  return kevo_abi_check(header_version) == KEVO_OK;
}

namespace detail {

struct free_handle {
  void operator()(kevo_error *handle) const noexcept { kevo_error_free(handle); }
  void operator()(kevo_recovery_options *handle) const noexcept { kevo_recovery_options_free(handle); }
  void operator()(kevo_recovery_report *handle) const noexcept { kevo_recovery_report_free(handle); }
  void operator()(kevo_memtable_list *handle) const noexcept { kevo_memtable_list_free(handle); }
  void operator()(kevo_memtable *handle) const noexcept { kevo_memtable_free(handle); }
  void operator()(kevo_scan *handle) const noexcept { kevo_scan_free(handle); }
  void operator()(kevo_iterator *handle) const noexcept { kevo_iterator_free(handle); }
  void operator()(kevo_pinned *handle) const noexcept { kevo_pinned_free(handle); }
  void operator()(kevo_table *handle) const noexcept { kevo_table_free(handle); }
  void operator()(kevo_db_options *handle) const noexcept { kevo_db_options_free(handle); }
  void operator()(kevo_batch *handle) const noexcept { kevo_batch_free(handle); }
  void operator()(kevo_snapshot *handle) const noexcept { kevo_snapshot_free(handle); }
  void operator()(kevo_transaction *handle) const noexcept { kevo_transaction_free(handle); }
  void operator()(kevo_log_cursor *handle) const noexcept { kevo_log_cursor_free(handle); }
  void operator()(kevo_table_list *handle) const noexcept { kevo_table_list_free(handle); }
  void operator()(kevo_db *handle) const noexcept { kevo_db_close(handle, nullptr); }
};

}  // namespace detail

/** The base of all classes that own a handle of kevo.h. The handle is freed with the object. */
template <class Handle>
class basic_handle {
 public:
  /** Adopts a handle, which may be NULL: the object now owns it. */
  explicit basic_handle(Handle *handle) noexcept : handle_(handle) {}

  /** The handle, which still belongs to this object; NULL if there is none. */
  Handle *native_handle() const noexcept { return handle_.get(); }

  /** Gives the handle away: the caller frees it as kevo.h says, and the object is then as if it was moved from. */
  [[nodiscard]] Handle *release() noexcept { return handle_.release(); }

  /** Whether there is a handle. */
  explicit operator bool() const noexcept { return handle_ != nullptr; }

 private:
  std::unique_ptr<Handle, detail::free_handle> handle_;
};

namespace detail {

inline std::string_view view(const kevo_slice &slice) noexcept
{
  return {static_cast<const char *>(slice.data), slice.len};
}

}  // namespace detail

class recovery_report;

/**
 * A failure: what went wrong and where. what() is one sentence that also says what to do about it.
 *
 * Copies are cheap and share their data. The views and pointers that an error gives live as long as it or any copy.
 *
 * Threads: any number at once.
 */
class error : public std::runtime_error {
 public:
  /** A failure of which only the code is known. `where` is the member that failed; it is copied into what(). */
  error(int code, const char *where)
      : std::runtime_error(std::string(where) + ": " + kevo_strerror(code)), code_(static_cast<errc>(code))
  {
  }

  /** A call that failed and says why. The error takes over both handles, either of which may be NULL. */
  error(int code, basic_handle<kevo_error> failure, recovery_report report);

  /** A failure of which somebody else has the kevo_error; it is copied, and may be NULL. */
  error(int code, const char *where, const kevo_error *why);

  /** What went wrong. */
  errc code() const noexcept { return code_; }

  /** The file or directory that the error is about, byte for byte, ended by a NUL, if it is about one. */
  std::optional<std::string_view> path() const noexcept;

  /** Where in that file the problem starts, in bytes from the file's start, if that is known. */
  std::optional<std::uint64_t> offset() const noexcept;

  /** The operating system's own number for what went wrong, an errno; 0 if there is none. */
  int os_code() const noexcept;

  /** What recovery found before it failed; NULL if there is no report. It belongs to this error and its copies. */
  const recovery_report *report() const noexcept;

 private:
  struct details;

  errc code_;
  std::shared_ptr<const details> details_;
};

namespace detail {

[[noreturn]] inline void raise(const error &failure)
{
#ifdef __cpp_exceptions
  throw failure;
#else
  static_cast<void>(failure);
  std::abort();
#endif
}

}  // namespace detail

/**
 * A value or an error, like std::expected of C++23.
 *
 * There is no conversion to bool: in a result<bool> or a result<std::optional<T>> it could be mistaken for the value's.
 * Members that throw the error if there is no value end the process if exceptions are disabled.
 *
 * Threads: const members by any number at once.
 */
template <class T>
class [[nodiscard]] result {
 public:
  /** A result that has a value. */
  template <class U = T, std::enable_if_t<std::is_convertible_v<U &&, T>, int> = 0>
  result(U &&value) : state_(std::in_place_index<0>, std::forward<U>(value))
  {
  }

  /** A result that has an error. */
  result(kevo::error failure) noexcept : state_(std::in_place_index<1>, std::move(failure)) {}

  /** Whether there is a value, and no error. */
  bool has_value() const noexcept { return state_.index() == 0; }

  /** The value; throws the error if there is none. A temporary gives its value by move, so a loop over it is safe. */
  T &value() & { return *checked(this); }
  /** The same for a constant. */
  const T &value() const & { return *checked(this); }
  T value() && { return std::move(*checked(this)); }

  /** The same as value(); it throws the error if there is no value. */
  T &operator*() & { return value(); }
  /** The same for a constant. */
  const T &operator*() const & { return value(); }
  T operator*() && { return std::move(*this).value(); }

  /** A member of value(); throws the error if there is no value. */
  T *operator->() { return &value(); }
  /** The same for a constant. */
  const T *operator->() const { return &value(); }

  /** The value, or `otherwise` if there is none. */
  template <class U>
  T value_or(U &&otherwise) const &
  {
    return has_value() ? value() : static_cast<T>(std::forward<U>(otherwise));
  }
  template <class U>
  T value_or(U &&otherwise) &&
  {
    return has_value() ? std::move(*this).value() : static_cast<T>(std::forward<U>(otherwise));
  }

  /** The error; throws std::bad_variant_access if there is a value. */
  const kevo::error &error() const & { return std::get<1>(state_); }
  kevo::error error() && { return std::get<1>(state_); }

 private:
  template <class Self>
  static auto checked(Self *self)
  {
    auto *value = std::get_if<0>(&self->state_);
    if (value == nullptr)
      detail::raise(self->error());
    return value;
  }

  std::variant<T, kevo::error> state_;
};

/** Success without a value, or an error. */
template <>
class [[nodiscard]] result<void> {
 public:
  /** A result without an error. */
  result() noexcept = default;

  /** A result that has an error. */
  result(kevo::error failure) noexcept : error_(std::move(failure)) {}

  /** Whether there is no error. */
  bool has_value() const noexcept { return !error_.has_value(); }

  /** Throws the error if there is one. */
  void value() const
  {
    if (error_.has_value())
      detail::raise(*error_);
  }

  /** The error; throws std::bad_optional_access if there is none. */
  const kevo::error &error() const & { return error_.value(); }
  kevo::error error() && { return error_.value(); }

 private:
  std::optional<kevo::error> error_;
};

namespace detail {

/** The result of a function of kevo.h that returns only a code. */
inline result<void> done(int code, const char *where)
{
  if (code < 0)
    return error(code, where);
  return {};
}

}  // namespace detail

/** The base of recovery_options and scan_options. It remembers the error of the first setter that failed. */
template <class Derived, class Handle>
class basic_options : public basic_handle<Handle> {
 public:
  /** That error, if there is one. Every call that is given these options fails with it. */
  result<void> status() const
  {
    if (status_.has_value() && this->native_handle() == nullptr)
      return error(KEVO_E_INVALID_ARGUMENT, "options that were moved from");
    return status_;
  }

 protected:
  /** Adopts the handle that kevo.h gave; NULL sets the error errc::panic. */
  basic_options(Handle *handle, const char *where) : basic_handle<Handle>(handle)
  {
    if (handle == nullptr)
      status_ = error(KEVO_E_PANIC, where);
  }

  /** Notes what a setter returned, unless an earlier one has failed. */
  Derived &set(int code, const char *where)
  {
    if (status_.has_value())
      status_ = detail::done(code, where);
    return static_cast<Derived &>(*this);
  }

 private:
  result<void> status_;
};

/** One stretch of damage. */
struct damage {
  /** The path of the file, byte for byte, ended by a NUL. It lives as long as the report. */
  std::string_view path;
  /** Where the stretch starts, in bytes from the file's start. */
  std::uint64_t offset = 0;
  /** How long the stretch is, in bytes. */
  std::uint64_t length = 0;
  /** What is wrong with the stretch. */
  damage_kind kind = damage_kind::corruption;
  /** A few words that say what is wrong where the stretch starts. Ended by a NUL, they live as long as the report. */
  std::string_view what;
};

/**
 * A range over the damage of a report, in the order of the log. It must not outlive the report.
 *
 * Threads: any number at once.
 */
class damage_list {
 public:
  /** An input iterator. Two on one report are equal if they are at the same stretch. It must not outlive the report. */
  class iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = damage;
    using difference_type = std::ptrdiff_t;

    /** An iterator of no list. */
    iterator() noexcept = default;

    /** An iterator at one stretch of a list, counted from 0, or at the list's end. */
    iterator(const damage_list &list, std::size_t index) noexcept : report_(list.report_), index_(index) {}

    /** The stretch, by value; at the end it throws errc::invalid_argument. */
    damage operator*() const { return damage_list(report_).at(index_); }

    /** Goes to the next stretch. */
    iterator &operator++() noexcept
    {
      ++index_;
      return *this;
    }

    /** Goes to the next stretch, and gives an iterator at the one before. */
    iterator operator++(int) noexcept
    {
      iterator before = *this;
      ++index_;
      return before;
    }

    friend bool operator==(const iterator &a, const iterator &b) noexcept { return a.index_ == b.index_; }
    friend bool operator!=(const iterator &a, const iterator &b) noexcept { return a.index_ != b.index_; }

   private:
    const kevo_recovery_report *report_ = nullptr;
    std::size_t index_ = 0;
  };

  /** The damage of a report, which the range does not own. NULL has none. */
  explicit damage_list(const kevo_recovery_report *report) noexcept : report_(report) {}

  /** How many stretches there are. */
  std::size_t size() const noexcept { return kevo_recovery_report_damage_count(report_); }

  /** Whether there are none. */
  bool empty() const noexcept { return size() == 0; }

  /** The first stretch. */
  iterator begin() const noexcept { return {*this, 0}; }

  /** The position after the last stretch. */
  iterator end() const noexcept { return {*this, size()}; }

  /** The stretch at `index`, counted from 0; past the end it fails with errc::invalid_argument. */
  damage at(std::size_t index) const { return try_at(index).value(); }
  result<damage> try_at(std::size_t index) const
  {
    damage found;
    const char *path = nullptr, *what = nullptr;
    int kind = 0;
    const int code = kevo_recovery_report_damage(report_, index, &path, &found.offset, &found.length, &kind, &what);
    if (code < 0)
      return error(code, "damage_list::at");
    found.path = path;
    found.kind = static_cast<damage_kind>(kind);
    found.what = what;
    return found;
  }

 private:
  const kevo_recovery_report *report_;
};

/**
 * What recovery found; if recovery failed, what it had found by then. It never changes.
 *
 * Threads: any number at once.
 */
class recovery_report : public basic_handle<kevo_recovery_report> {
 public:
  using basic_handle::basic_handle;

  /** How many files were read. */
  std::uint64_t files() const noexcept { return stat(KEVO_STAT_FILES); }

  /** How many bytes these files have. */
  std::uint64_t bytes() const noexcept { return stat(KEVO_STAT_BYTES); }

  /** How many puts and deletes are in a memtable. */
  std::uint64_t entries_applied() const noexcept { return stat(KEVO_STAT_ENTRIES_APPLIED); }

  /** How many entries were ignored because of their sequence number. */
  std::uint64_t entries_above_max_sequence() const noexcept { return stat(KEVO_STAT_ENTRIES_ABOVE_MAX_SEQUENCE); }

  /** How many merges were ignored; no memtable holds merges. */
  std::uint64_t merges_ignored() const noexcept { return stat(KEVO_STAT_MERGES_IGNORED); }

  /** How many batches were dropped because not all their entries were there. */
  std::uint64_t batches_dropped() const noexcept { return stat(KEVO_STAT_BATCHES_DROPPED); }

  /** How many bytes could not be used. */
  std::uint64_t bytes_damaged() const noexcept { return stat(KEVO_STAT_BYTES_DAMAGED); }

  /** How many directories there are in which Kevo has set logs aside, read or not. */
  std::uint64_t set_aside_directories() const noexcept { return stat(KEVO_STAT_SET_ASIDE_DIRECTORIES); }

  /** How many files at the log's end a point-in-time recovery did not read, whatever is in them. */
  std::uint64_t files_left_out() const noexcept { return stat(KEVO_STAT_FILES_LEFT_OUT); }

  /** The stretches of damage; if one failed recovery, it is the last of them. The range must not outlive the report. */
  damage_list damage() const & noexcept { return damage_list(native_handle()); }
  damage_list damage() const && = delete;

 private:
  std::uint64_t stat(int which) const noexcept { return kevo_recovery_report_stat(native_handle(), which); }
};

struct error::details {
  details(const kevo_error *why, recovery_report found) : report(std::move(found)), os_code(kevo_error_os_code(why))
  {
    if (const char *of = kevo_error_path(why); of != nullptr)
      path = of;
    if (const std::uint64_t at = kevo_error_offset(why); why != nullptr && at != UINT64_MAX)
      offset = at;
  }

  recovery_report report;
  std::optional<std::string> path;
  std::optional<std::uint64_t> offset;
  int os_code;
};

inline error::error(int code, basic_handle<kevo_error> failure, recovery_report report)
    : std::runtime_error(failure ? kevo_error_message(failure.native_handle()) : kevo_strerror(code)),
      code_(static_cast<errc>(failure ? kevo_error_code(failure.native_handle()) : code)),
      details_(std::make_shared<details>(failure.native_handle(), std::move(report)))
{
}

inline error::error(int code, const char *where, const kevo_error *why)
    : std::runtime_error(why != nullptr ? kevo_error_message(why) : std::string(where) + ": " + kevo_strerror(code)),
      code_(static_cast<errc>(code)),
      details_(std::make_shared<details>(why, recovery_report(nullptr)))
{
}

inline std::optional<std::string_view> error::path() const noexcept
{
  if (details_ == nullptr || !details_->path.has_value())
    return std::nullopt;
  return *details_->path;
}

inline std::optional<std::uint64_t> error::offset() const noexcept
{
  return details_ ? details_->offset : std::nullopt;
}

inline int error::os_code() const noexcept
{
  return details_ ? details_->os_code : 0;
}

inline const recovery_report *error::report() const noexcept
{
  return details_ && details_->report ? &details_->report : nullptr;
}

/**
 * What recovery is asked to do: kevo::recovery_options().mode(kevo::recovery_mode::absolute).threads(1). Options that
 * are not set have the defaults of kevo_recovery_options_new. Setters do not fail: an invalid value makes the recovery
 * fail with errc::invalid_argument; see status().
 *
 * Threads: any number may recover with the same options at once, while none changes them.
 */
class recovery_options : public basic_options<recovery_options, kevo_recovery_options> {
 public:
  /** Options with the defaults. */
  recovery_options() : basic_options(kevo_recovery_options_new(), "recovery_options") {}

  /** Sets what recovery does about damage. */
  recovery_options &mode(recovery_mode mode) &
  {
    return set(kevo_recovery_options_set_mode(native_handle(), static_cast<int>(mode)),
               "recovery_options::mode");
  }
  recovery_options &&mode(recovery_mode mode) && { return std::move(this->mode(mode)); }

  /** Sets which version of a key is the newest. */
  recovery_options &order(version_order order) &
  {
    return set(kevo_recovery_options_set_order(native_handle(), static_cast<int>(order)),
               "recovery_options::order");
  }
  recovery_options &&order(version_order order) && { return std::move(this->order(order)); }

  /** Sets the highest sequence number to recover; entries above it are ignored, and batches whose last entry is. */
  recovery_options &max_sequence(std::uint64_t sequence) &
  {
    return set(kevo_recovery_options_set_max_sequence(native_handle(), sequence),
               "recovery_options::max_sequence");
  }
  recovery_options &&max_sequence(std::uint64_t sequence) && { return std::move(max_sequence(sequence)); }

  /** Sets how many memtables recovery may make, at least 1; a log that needs more gives errc::too_many_memtables. */
  recovery_options &max_memtables(std::size_t count) &
  {
    return set(kevo_recovery_options_set_max_memtables(native_handle(), count),
               "recovery_options::max_memtables");
  }
  recovery_options &&max_memtables(std::size_t count) && { return std::move(max_memtables(count)); }

  /** Sets the approximate size, in bytes, at which a memtable is full, at least 1; see memtable::approximate_size(). */
  recovery_options &memtable_size(std::uint64_t bytes) &
  {
    return set(kevo_recovery_options_set_memtable_size(native_handle(), bytes),
               "recovery_options::memtable_size");
  }
  recovery_options &&memtable_size(std::uint64_t bytes) && { return std::move(memtable_size(bytes)); }

  /** Sets whether the logs that Kevo has set aside, in directories backup_*, are read too. */
  recovery_options &include_set_aside(bool yes = true) &
  {
    return set(kevo_recovery_options_set_include_set_aside(native_handle(), yes ? 1 : 0),
               "recovery_options::include_set_aside");
  }
  recovery_options &&include_set_aside(bool yes = true) && { return std::move(include_set_aside(yes)); }

  /** Sets how many threads recovery, and the first call that sorts, may use; 0 means one for each core. */
  recovery_options &threads(std::size_t count) &
  {
    return set(kevo_recovery_options_set_threads(native_handle(), count), "recovery_options::threads");
  }
  recovery_options &&threads(std::size_t count) && { return std::move(threads(count)); }

  /** Sets a callback that is told how far recovery has read, and can cancel it. An empty function removes it. */
  recovery_options &on_progress(progress_callback callback) &;
  recovery_options &&on_progress(progress_callback callback) && { return std::move(on_progress(std::move(callback))); }

 private:
  /** On the heap, so that its address stays when the options are moved. */
  std::unique_ptr<progress_callback> callback_;
};

namespace detail {

#ifdef __cpp_exceptions

/** The exception that a progress callback has thrown on this thread. It waits here until kevo_recover has returned. */
inline std::exception_ptr &thrown_by_callback() noexcept
{
  static thread_local std::exception_ptr thrown;
  return thrown;
}

inline void rethrow_from_callback()
{
  if (thrown_by_callback() != nullptr)
    std::rethrow_exception(std::exchange(thrown_by_callback(), nullptr));
}

inline int call_back(void *callback, std::uint64_t bytes_done, std::uint64_t bytes_total) noexcept
{
  try {
    return (*static_cast<progress_callback *>(callback))(bytes_done, bytes_total) == progress::go_on ? 0 : 1;
  } catch (...) {
    thrown_by_callback() = std::current_exception();
    return 1;
  }
}

#else

inline void rethrow_from_callback() noexcept {}

inline int call_back(void *callback, std::uint64_t bytes_done, std::uint64_t bytes_total) noexcept
{
  return (*static_cast<progress_callback *>(callback))(bytes_done, bytes_total) == progress::go_on ? 0 : 1;
}

#endif

}  // namespace detail

inline recovery_options &recovery_options::on_progress(progress_callback callback) &
{
  auto kept = callback ? std::make_unique<progress_callback>(std::move(callback)) : nullptr;
  const int code =
      kevo_recovery_options_set_progress(native_handle(), kept ? detail::call_back : nullptr, kept.get());
  callback_ = std::move(kept);
  return set(code, "recovery_options::on_progress");
}

/** One version of a key. A structured binding gives its key and value. A copy points to the same bytes. */
class entry {
 public:
  /** An entry with an empty key and value. */
  entry() noexcept : entry_() {}

  /** The entry that kevo.h gave; no bytes are copied. */
  explicit entry(const kevo_entry &found) noexcept : entry_(found) {}

  /** The key, which may be empty. Its bytes live as long as the list, even if this entry does not; see table, too. */
  std::string_view key() const noexcept { return detail::view(entry_.key); }

  /** The value, which may be empty; a delete has an empty one. Its bytes live as long as those of the key. */
  std::string_view value() const noexcept { return detail::view(entry_.value); }

  /** The sequence number that the entry was written with. */
  std::uint64_t sequence() const noexcept { return entry_.sequence; }

  /** How the entry was written. */
  operation op() const noexcept { return static_cast<operation>(entry_.op); }

  /** Whether the entry is a delete: a tombstone. */
  bool deleted() const noexcept { return op() == operation::erase; }

  /** The key if `I` is 0, the value if it is 1. */
  template <std::size_t I>
  std::string_view get() const noexcept
  {
    static_assert(I < 2, "an entry is bound as [key, value]");
    return I == 0 ? key() : value();
  }

 private:
  kevo_entry entry_;
};

/** What iterator::next_packed wrote. */
struct packed {
  /** How many entries are in the buffer: 0 at the end, and if not even the next one fits. */
  std::size_t count = 0;
  /** How many bytes of the buffer they take: 0 at the end. If not even the next one fits: how many bytes it needs. */
  std::size_t bytes = 0;
};

/**
 * A walk through a list, a memtable or a table, as it was when the iterator was made. make_iterator() makes one. An
 * iterator is before the first entry, on an entry, or after the last one; a new one is before the first.
 *
 * It keeps alive what it goes through. Entries of a table are valid until it moves, and moves over a table can fail with
 * errc::io and errc::corrupt. To go through a whole scan, the range that scan() gives is shorter and faster.
 *
 * Threads: any number may call entry() at once, while none moves the iterator.
 */
class iterator : public basic_handle<kevo_iterator> {
 public:
  using basic_handle::basic_handle;

  /** Goes to the first entry. Like all members that move, it gives whether the iterator is now on an entry. */
  bool first() { return try_first().value(); }
  result<bool> try_first() { return moved(kevo_iterator_first(native_handle()), "iterator::first"); }

  /** Goes to the last entry. */
  bool last() { return try_last().value(); }
  result<bool> try_last() { return moved(kevo_iterator_last(native_handle()), "iterator::last"); }

  /** Goes to the first entry whose key is at or after `key`. */
  bool seek(std::string_view key) { return try_seek(key).value(); }
  result<bool> try_seek(std::string_view key)
  {
    return moved(kevo_iterator_seek(native_handle(), key.data(), key.size()), "iterator::seek");
  }

  /** Goes to the last entry whose key is at or before `key`; if that key has several versions, to the oldest. */
  bool seek_for_prev(std::string_view key) { return try_seek_for_prev(key).value(); }
  result<bool> try_seek_for_prev(std::string_view key)
  {
    return moved(kevo_iterator_seek_for_prev(native_handle(), key.data(), key.size()),
                 "iterator::seek_for_prev");
  }

  /** Goes to the next entry; from before the first, to the first. */
  bool next() { return try_next().value(); }
  result<bool> try_next() { return moved(kevo_iterator_next(native_handle()), "iterator::next"); }

  /** Goes to the previous entry; from after the last, to the last. */
  bool prev() { return try_prev().value(); }
  result<bool> try_prev() { return moved(kevo_iterator_prev(native_handle()), "iterator::prev"); }

  /** Brings an iterator over a database to now, before the first entry; not one over a snapshot. */
  void refresh() { try_refresh().value(); }
  result<void> try_refresh()
  {
    kevo_error *failure = nullptr;
    const int code = kevo_iterator_refresh(native_handle(), &failure);
    if (code < 0)
      return error(code, basic_handle<kevo_error>(failure), recovery_report(nullptr));
    return {};
  }

  /** The entry that the iterator is on, if it is on one. Unless it is of a table, its bytes stay when that moves. */
  std::optional<kevo::entry> entry() const { return try_entry().value(); }
  result<std::optional<kevo::entry>> try_entry() const
  {
    kevo_entry found;
    const int code = kevo_iterator_entry(native_handle(), &found);
    if (code < 0)
      return error(code, "iterator::entry");
    return code == KEVO_OK ? std::optional<kevo::entry>(found) : std::nullopt;
  }

  /**
   * Fills an array of `capacity` entries with the next ones, goes to the last one given, and returns how many it gave;
   * 0 is the end. Those of a table are valid until the next call, and can be fewer although there are more. Fails with errc::invalid_argument if the array is NULL or `capacity` is 0.
   */
  std::size_t next_batch(kevo::entry *entries, std::size_t capacity)
  {
    return try_next_batch(entries, capacity).value();
  }
  result<std::size_t> try_next_batch(kevo::entry *entries, std::size_t capacity)
  {
    static_assert(sizeof(kevo::entry) == sizeof(kevo_entry) && std::is_standard_layout_v<kevo::entry>,
                  "an array of one is an array of the other");
    std::size_t count = 0;
    const int code =
        kevo_iterator_next_batch(native_handle(), reinterpret_cast<kevo_entry *>(entries), capacity, &count);
    if (code < 0)
      return failed(code, "iterator::next_batch");
    return count;
  }

  /**
   * Writes the next entries one after the other into a buffer of `capacity` bytes, in the format of
   * kevo_iterator_next_packed, and goes to the last one. If not even one fits, that is not a failure: see packed. Fails
   * with errc::invalid_argument if the buffer is NULL and `capacity` is not 0.
   */
  packed next_packed(void *buffer, std::size_t capacity) { return try_next_packed(buffer, capacity).value(); }
  result<packed> try_next_packed(void *buffer, std::size_t capacity)
  {
    packed laid;
    const int code = kevo_iterator_next_packed(native_handle(), buffer, capacity, &laid.bytes, &laid.count);
    if (code < 0 && code != KEVO_E_BUFFER_TOO_SMALL)
      return failed(code, "iterator::next_packed");
    return laid;
  }

 private:
  result<bool> moved(int code, const char *where) const
  {
    if (code < 0)
      return failed(code, where);
    return code == KEVO_OK;
  }

  error failed(int code, const char *where) const { return error(code, where, kevo_iterator_error(native_handle())); }
};

/**
 * What a scan gives: a range of keys, and which versions of each: kevo::scan_options().lower("a").upper("b"). By
 * default it gives all keys, and of each the newest version if that is not a delete. Bounds and prefix intersect, and
 * are copied. Setters do not fail; see status().
 *
 * Threads: any number may scan with the same options at once, while none changes them.
 */
class scan_options : public basic_options<scan_options, kevo_scan> {
 public:
  /** A scan of all keys. */
  scan_options() : basic_options(kevo_scan_new(), "scan_options") {}

  /** Sets where a scan starts: keys before `key` are left out; if `at` is exclusive, `key` too. */
  scan_options &lower(std::string_view key, bound at = bound::inclusive) &
  {
    return set(kevo_scan_set_lower(native_handle(), key.data(), key.size(), at == bound::inclusive),
               "scan_options::lower");
  }
  scan_options &&lower(std::string_view key, bound at = bound::inclusive) && { return std::move(lower(key, at)); }

  /** Sets where a scan ends: keys after `key` are left out; if `at` is exclusive, the default here, `key` too. */
  scan_options &upper(std::string_view key, bound at = bound::exclusive) &
  {
    return set(kevo_scan_set_upper(native_handle(), key.data(), key.size(), at == bound::inclusive),
               "scan_options::upper");
  }
  scan_options &&upper(std::string_view key, bound at = bound::exclusive) && { return std::move(upper(key, at)); }

  /** Sets a prefix: keys that do not begin with it are left out. */
  scan_options &prefix(std::string_view prefix) &
  {
    return set(kevo_scan_set_prefix(native_handle(), prefix.data(), prefix.size()), "scan_options::prefix");
  }
  scan_options &&prefix(std::string_view prefix) && { return std::move(this->prefix(prefix)); }

  /** Sets the bound on sequence numbers: versions above it are not seen. */
  scan_options &max_sequence(std::uint64_t sequence) &
  {
    return set(kevo_scan_set_max_sequence(native_handle(), sequence), "scan_options::max_sequence");
  }
  scan_options &&max_sequence(std::uint64_t sequence) && { return std::move(max_sequence(sequence)); }

  /** Sets whether every version of a key is given, newest first, not only the newest. */
  scan_options &all_versions(bool yes = true) & { return flag(KEVO_SCAN_ALL_VERSIONS, yes); }
  scan_options &&all_versions(bool yes = true) && { return std::move(all_versions(yes)); }

  /** Sets whether deletes are given too. */
  scan_options &tombstones(bool yes = true) & { return flag(KEVO_SCAN_TOMBSTONES, yes); }
  scan_options &&tombstones(bool yes = true) && { return std::move(tombstones(yes)); }

  /** Sets whether a scan_range goes from the last entry to the first. (An iterator can always go both ways.) */
  scan_options &reverse(bool yes = true) & noexcept
  {
    reverse_ = yes;
    return *this;
  }
  scan_options &&reverse(bool yes = true) && noexcept { return std::move(reverse(yes)); }

 private:
  template <class>
  friend class basic_table;
  friend class table;
  friend class snapshot;
  friend class transaction;
  friend class database;

  scan_options &flag(std::uint32_t which, bool yes)
  {
    flags_ = yes ? flags_ | which : flags_ & ~which;
    return set(kevo_scan_set_flags(native_handle(), flags_), "scan_options::flags");
  }

  std::uint32_t flags_ = 0;
  bool reverse_ = false;
};

namespace detail {

/** The entries that a scan_range has read ahead. Cursors point to it, so it keeps its address when the range moves. */
class walk {
 public:
  /**
   * The iterator is before the first entry, or after the last if `reverse` is set. If `lends` is set, its entries are
   * valid only until it moves.
   */
  walk(iterator walker, bool reverse, bool lends) noexcept
      : walker_(std::move(walker)), reverse_(reverse), most_ahead_(reverse && lends ? 1 : capacity)
  {
  }

  const entry &current() const noexcept { return *at_; }
  bool at_end() const noexcept { return at_ == end_; }
  const result<void> &status() const noexcept { return status_; }
  void throw_failures() noexcept { throws_ = true; }

  void next()
  {
    if (++at_ == end_)
      read();
  }

  void read()
  {
    const result<std::size_t> count = reverse_ ? read_back() : walker_.try_next_batch(entries_, ahead_);
    ahead_ = std::min(2 * ahead_, most_ahead_);
    at_ = end_ = entries_;
    if (count.has_value())
      end_ += *count;
    else if (throws_)
      raise(count.error());
    else
      status_ = count.error();
  }

 private:
  static constexpr std::size_t capacity = 64;

  result<std::size_t> read_back()
  {
    for (std::size_t count = 0; count < ahead_; count++) {
      const result<bool> moved = walker_.try_prev();
      if (!moved.has_value())
        return moved.error();
      if (!*moved)
        return count;
      const result<std::optional<entry>> entry = walker_.try_entry();
      if (!entry.has_value())
        return entry.error();
      entries_[count] = **entry;
    }
    return ahead_;
  }

  iterator walker_;
  bool reverse_;
  std::size_t most_ahead_;
  bool throws_ = false;
  /** How many entries are read at once. It begins small, for loops that end early. */
  std::size_t ahead_ = 1;
  result<void> status_;
  const entry *at_ = entries_;
  const entry *end_ = entries_;
  entry entries_[capacity];
};

}  // namespace detail

/**
 * The entries of a scan, for `for (auto [key, value] : list.scan("user:"))` and, from C++20 on, for std::views. scan()
 * and try_scan() make one. It can be walked once; after a loop that ended early, the next begin() goes on from there.
 *
 * Over a list or a memtable, only an error in the library itself can end it early; over a table, also errc::io,
 * errc::corrupt and errc::no_memory. A range from scan() then throws; one from try_scan() is at its
 * end, and status() says why. The range keeps the list alive.
 *
 * Threads: while one thread uses a range or a cursor of it, no other may.
 */
class scan_range {
 public:
  /** The type of end(). */
  struct sentinel {};

  /** The type of begin(): an input iterator, equal to a sentinel at the end. It must not outlive the range. */
  class cursor {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = entry;
    using difference_type = std::ptrdiff_t;

    /** For begin() only. */
    explicit cursor(detail::walk *walk) noexcept : walk_(walk) {}

    /** The entry. The reference is valid until the cursor moves; key and value stay valid as long as the list lives. */
    const entry &operator*() const noexcept { return walk_->current(); }

    /** A member of the entry. */
    const entry *operator->() const noexcept { return &walk_->current(); }

    /** Goes to the next entry, or to the end. */
    cursor &operator++()
    {
      walk_->next();
      return *this;
    }

    /** Goes to the next entry, or to the end. It returns nothing, because a range can be walked only once. */
    void operator++(int) { walk_->next(); }

    friend bool operator==(const cursor &a, sentinel) noexcept { return a.walk_->at_end(); }
    friend bool operator!=(const cursor &a, sentinel) noexcept { return !a.walk_->at_end(); }
    friend bool operator==(sentinel, const cursor &b) noexcept { return b.walk_->at_end(); }
    friend bool operator!=(sentinel, const cursor &b) noexcept { return !b.walk_->at_end(); }

   private:
    detail::walk *walk_;
  };

  /** A cursor at the current position. A range that was moved from throws errc::invalid_argument. */
  cursor begin()
  {
    status_of_handle().value();
    if (walk_->at_end())
      walk_->read();
    return cursor(walk_.get());
  }

  /** The end. */
  sentinel end() const noexcept { return {}; }

  /** The error that ended a range from try_scan(), if there is one. */
  result<void> status() const { return walk_ != nullptr ? walk_->status() : status_of_handle(); }

 private:
  template <class Handle>
  friend class basic_table;
  friend class table;
  friend class snapshot;
  friend class transaction;
  friend class database;

  explicit scan_range(std::unique_ptr<detail::walk> walk) noexcept : walk_(std::move(walk)) {}

  static result<scan_range> over(result<iterator> walker, bool reverse, bool lends)
  {
    if (!walker.has_value())
      return walker.error();
    if (reverse) {
      for (const result<bool> &moved : {walker->try_last(), walker->try_next()})
        if (!moved.has_value())
          return moved.error();
    }
    return scan_range(std::make_unique<detail::walk>(*std::move(walker), reverse, lends));
  }

  result<void> status_of_handle() const
  {
    return detail::done(walk_ != nullptr ? KEVO_OK : KEVO_E_INVALID_ARGUMENT, "scan_range::begin");
  }

  std::unique_ptr<detail::walk> walk_;
};

/** The answer of lookup() or multi_lookup(). */
struct lookup_result {
  /** Whether the key was found, not found or deleted. */
  kevo::outcome outcome = kevo::outcome::not_found;
  /** The value, if the key was found. It points into the list. */
  std::string_view value;
  /** The sequence number of the put or delete, unless the key was not found; multi_lookup() never sets it. */
  std::optional<std::uint64_t> sequence;

  /** Whether the key has a value. */
  bool found() const noexcept { return outcome == kevo::outcome::found; }

  /** Whether the key was deleted. */
  bool deleted() const noexcept { return outcome == kevo::outcome::deleted; }
};

namespace detail {

/** The functions of kevo.h that exist for both a list and a memtable. */
struct calls {
  static int get(const kevo_memtable_list *list, std::string_view key, std::uint64_t max_sequence, kevo_slice *value,
                 std::uint64_t *sequence) noexcept
  {
    return kevo_memtable_list_get(list, key.data(), key.size(), max_sequence, value, sequence);
  }
  static int get(const kevo_memtable *table, std::string_view key, std::uint64_t max_sequence, kevo_slice *value,
                 std::uint64_t *sequence) noexcept
  {
    return kevo_memtable_get(table, key.data(), key.size(), max_sequence, value, sequence);
  }
  static int put(kevo_memtable_list *list, std::string_view key, std::string_view value,
                 std::uint64_t sequence) noexcept
  {
    return kevo_memtable_list_put(list, key.data(), key.size(), value.data(), value.size(), sequence);
  }
  static int put(kevo_memtable *table, std::string_view key, std::string_view value, std::uint64_t sequence) noexcept
  {
    return kevo_memtable_put(table, key.data(), key.size(), value.data(), value.size(), sequence);
  }
  static int erase(kevo_memtable_list *list, std::string_view key, std::uint64_t sequence) noexcept
  {
    return kevo_memtable_list_delete(list, key.data(), key.size(), sequence);
  }
  static int erase(kevo_memtable *table, std::string_view key, std::uint64_t sequence) noexcept
  {
    return kevo_memtable_delete(table, key.data(), key.size(), sequence);
  }
  static int iterate(const kevo_memtable_list *list, const kevo_scan *scan, kevo_iterator **iterator) noexcept
  {
    return kevo_memtable_list_iterator(list, scan, iterator);
  }
  static int iterate(const kevo_memtable *table, const kevo_scan *scan, kevo_iterator **iterator) noexcept
  {
    return kevo_memtable_iterator(table, scan, iterator);
  }
};

}  // namespace detail

/**
 * The base of memtable_list and memtable: lookups, scans and writes. Views point into the list. The bound,
 * `max_sequence`, is the highest sequence number that is seen.
 *
 * Threads: any number at once, and while others write; writes wait for each other.
 */
template <class Handle>
class basic_table : public basic_handle<Handle> {
 public:
  using basic_handle<Handle>::basic_handle;

  /** The newest value of a key at or below the bound, if it has one. lookup() also says why it has none. */
  std::optional<std::string_view> get(std::string_view key, std::uint64_t max_sequence = latest) const
  {
    return try_get(key, max_sequence).value();
  }
  result<std::optional<std::string_view>> try_get(std::string_view key, std::uint64_t max_sequence = latest) const
  {
    kevo_slice value;
    const int code = detail::calls::get(this->native_handle(), key, max_sequence, &value, nullptr);
    if (code < 0)
      return error(code, "get");
    return code == KEVO_OK ? std::optional<std::string_view>(detail::view(value)) : std::nullopt;
  }

  /** The newest version of a key at or below the bound: whether there is one, its value and its sequence number. */
  lookup_result lookup(std::string_view key, std::uint64_t max_sequence = latest) const
  {
    return try_lookup(key, max_sequence).value();
  }
  result<lookup_result> try_lookup(std::string_view key, std::uint64_t max_sequence = latest) const
  {
    kevo_slice value = {nullptr, 0};
    std::uint64_t sequence = 0;
    const int code = detail::calls::get(this->native_handle(), key, max_sequence, &value, &sequence);
    if (code < 0)
      return error(code, "lookup");
    if (code == KEVO_NOT_FOUND)
      return lookup_result();
    return lookup_result{static_cast<outcome>(code), detail::view(value), sequence};
  }

  /** Whether a key has a value at or below the bound. */
  bool contains(std::string_view key, std::uint64_t max_sequence = latest) const
  {
    return try_contains(key, max_sequence).value();
  }
  result<bool> try_contains(std::string_view key, std::uint64_t max_sequence = latest) const
  {
    const int code = detail::calls::get(this->native_handle(), key, max_sequence, nullptr, nullptr);
    if (code < 0)
      return error(code, "contains");
    return code == KEVO_OK;
  }

  /**
   * The entries of a scan, as they are now, whatever is written meanwhile. The options are copied. If options.status()
   * has an error, this fails with that error.
   */
  scan_range scan(const scan_options &options = {}) const
  {
    scan_range range = try_scan(options).value();
    range.walk_->throw_failures();
    return range;
  }
  result<scan_range> try_scan(const scan_options &options = {}) const
  {
    return scan_range::over(try_make_iterator(options), options.reverse_, false);
  }

  /** The same for the entries whose keys begin with a prefix, which is copied. */
  scan_range scan(std::string_view prefix) const { return scan(scan_options().prefix(prefix)); }
  result<scan_range> try_scan(std::string_view prefix) const { return try_scan(scan_options().prefix(prefix)); }

  /** An iterator, which can seek and go both ways. It sees the same entries as scan(), and has the same errors. */
  iterator make_iterator(const scan_options &options = {}) const { return try_make_iterator(options).value(); }
  result<iterator> try_make_iterator(const scan_options &options = {}) const
  {
    if (const result<void> status = options.status(); !status.has_value())
      return status.error();
    kevo_iterator *made = nullptr;
    const int code = detail::calls::iterate(this->native_handle(), options.native_handle(), &made);
    if (code < 0)
      return error(code, "make_iterator");
    return iterator(made);
  }

  /**
   * Gives a key a value, in memory only. A memtable_list writes into its last memtable; if that is full or immutable,
   * it starts a new one first. A memtable takes the write even if it is full. Key and value are copied; every later get
   * and scan sees them. Fails with errc::immutable if this is an immutable memtable, with errc::invalid_argument if key
   * or value is longer than 2^32 - 1 bytes, and with errc::no_memory. After a failure nothing is written.
   */
  void put(std::string_view key, std::string_view value, std::uint64_t sequence)
  {
    try_put(key, value, sequence).value();
  }
  result<void> try_put(std::string_view key, std::string_view value, std::uint64_t sequence)
  {
    return detail::done(detail::calls::put(this->native_handle(), key, value, sequence), "put");
  }

  /** Deletes a key: writes a delete in the way that put() writes a put, with the same errors. */
  void erase(std::string_view key, std::uint64_t sequence) { try_erase(key, sequence).value(); }
  result<void> try_erase(std::string_view key, std::uint64_t sequence)
  {
    return detail::done(detail::calls::erase(this->native_handle(), key, sequence), "erase");
  }
};

/** One memtable of a list; see basic_table for lookups, scans and writes. It keeps its list alive. */
class memtable : public basic_table<kevo_memtable> {
 public:
  using basic_table::basic_table;

  /** Makes the memtable immutable forever: later writes fail with errc::immutable. It waits for a write in progress. */
  void set_immutable() { try_set_immutable().value(); }
  result<void> try_set_immutable()
  {
    return detail::done(kevo_memtable_set_immutable(native_handle()), "memtable::set_immutable");
  }

  /** Whether the memtable takes no more writes. */
  bool is_immutable() const noexcept { return kevo_memtable_is_immutable(native_handle()) != 0; }

  /** The approximate size in bytes: key length + value length + 16 for each put and delete, superseded ones too. */
  std::uint64_t approximate_size() const noexcept { return kevo_memtable_approximate_size(native_handle()); }

  /** How many puts and deletes are in the memtable, superseded ones included. */
  std::uint64_t entry_count() const noexcept { return kevo_memtable_entry_count(native_handle()); }

  /** The highest sequence number in the memtable + 1, at most UINT64_MAX; 0 if the memtable is empty. */
  std::uint64_t next_sequence() const noexcept { return kevo_memtable_next_sequence(native_handle()); }

  /** How long ago the memtable was made, in seconds, by a clock that is never set back. */
  std::chrono::duration<double> age() const noexcept
  {
    return std::chrono::duration<double>(kevo_memtable_age_seconds(native_handle()));
  }
};

/** What memtable_list::export_to() wrote. */
struct exported {
  std::uint64_t entries; /**< How many puts and deletes were written. */
  std::uint64_t memtable_size; /**< How many bytes a memtable has to hold for all of them; Kevo's hold 33554432. */
};

/** All memtables of a log, oldest first; see basic_table for lookups, scans and writes. */
class memtable_list : public basic_table<kevo_memtable_list> {
 public:
  using basic_table::basic_table;

  /** Another handle on the same list, for another owner; the list lives as long as either. */
  memtable_list ref() const { return try_ref().value(); }
  result<memtable_list> try_ref() const
  {
    memtable_list other(kevo_memtable_list_ref(native_handle()));
    if (!other)
      return error(KEVO_E_INVALID_ARGUMENT, "memtable_list::ref");
    return other;
  }

  /** How many memtables there are now, at least 1. */
  std::size_t count() const noexcept { return kevo_memtable_list_count(native_handle()); }

  /**
   * The highest sequence number of all entries that were read and are not above the maximum, merges included, and of
   * all later writes; 0 if there is none.
   */
  std::uint64_t max_sequence() const noexcept { return kevo_memtable_list_max_sequence(native_handle()); }

  /** The memtable at `index`, where 0 is the oldest; past the end it fails with errc::invalid_argument. */
  memtable table(std::size_t index) const { return try_table(index).value(); }
  result<memtable> try_table(std::size_t index) const
  {
    kevo_memtable *found = nullptr;
    const int code = kevo_memtable_list_table(native_handle(), index, &found);
    if (code < 0)
      return error(code, "memtable_list::table");
    return memtable(found);
  }

  /** get() for many keys at once. `keys` is any range, or a list in braces, of what converts to std::string_view. */
  template <class Keys = std::initializer_list<std::string_view>>
  std::vector<std::optional<std::string_view>> multi_get(const Keys &keys, std::uint64_t max_sequence = latest) const
  {
    return try_multi_get(keys, max_sequence).value();
  }
  template <class Keys = std::initializer_list<std::string_view>>
  result<std::vector<std::optional<std::string_view>>> try_multi_get(const Keys &keys,
                                                                     std::uint64_t max_sequence = latest) const
  {
    const result<std::vector<lookup_result>> found = try_multi_lookup(keys, max_sequence);
    if (!found.has_value())
      return found.error();
    std::vector<std::optional<std::string_view>> values;
    values.reserve(found->size());
    for (const lookup_result &one : *found)
      values.push_back(one.found() ? std::optional<std::string_view>(one.value) : std::nullopt);
    return values;
  }

  /** lookup() for many keys at once, without their sequence numbers. */
  template <class Keys = std::initializer_list<std::string_view>>
  std::vector<lookup_result> multi_lookup(const Keys &keys, std::uint64_t max_sequence = latest) const
  {
    return try_multi_lookup(keys, max_sequence).value();
  }
  template <class Keys = std::initializer_list<std::string_view>>
  result<std::vector<lookup_result>> try_multi_lookup(const Keys &keys, std::uint64_t max_sequence = latest) const
  {
    using key_type = decltype(*std::begin(keys));
    static_assert(std::is_reference_v<key_type> || std::is_trivially_copyable_v<key_type>,
                  "keys that own their bytes and are made on the way would be gone before they are looked up");
    std::vector<kevo_slice> slices;
    for (const std::string_view key : keys)
      slices.push_back({key.data(), key.size()});
    std::vector<kevo_slice> values(slices.size());
    std::vector<int> codes(slices.size());
    const int code = kevo_memtable_list_multi_get(native_handle(), slices.data(), slices.size(), max_sequence,
                                                  values.data(), codes.data());
    if (code < 0)
      return error(code, "memtable_list::multi_lookup");
    std::vector<lookup_result> found;
    found.reserve(codes.size());
    for (std::size_t i = 0; i < codes.size(); i++)
      found.push_back({static_cast<outcome>(codes[i]), detail::view(values[i]), std::nullopt});
    return found;
  }

  /**
   * Writes what is in the list as a clean log into a directory that does not exist or is empty: all of it, or nothing.
   * See kevo_memtable_list_export. Fails with errc::io, with errc::no_memory, and with errc::invalid_argument if there
   * is a NUL in the directory's name. Any number of threads may export at once, into different directories.
   */
  exported export_to(const std::string &out_dir, export_of what = export_of::all_versions) const
  {
    return try_export_to(out_dir, what).value();
  }
  result<exported> try_export_to(const std::string &out_dir, export_of what = export_of::all_versions) const
  {
    if (out_dir.find('\0') != std::string::npos)
      return error(KEVO_E_INVALID_ARGUMENT, "memtable_list::export_to: a directory whose name has a NUL in it");
    const std::uint32_t flags = what == export_of::newest_only ? KEVO_EXPORT_NEWEST_ONLY : 0;
    exported written = {0, 0};
    kevo_error *failure = nullptr;
    const int code = kevo_memtable_list_export(native_handle(), out_dir.c_str(), flags, &written.entries,
                                               &written.memtable_size, &failure);
    basic_handle<kevo_error> why(failure);
    if (code < 0)
      return error(code, std::move(why), recovery_report(nullptr));
    return written;
  }
};

/**
 * Holds what the values of table::get() and table::lookup() point to: each call lets go of what the last one left in it.
 * What it holds stays valid, whatever is closed meanwhile.
 */
class pinned : public basic_handle<kevo_pinned> {
 public:
  /** One that holds nothing. */
  pinned() noexcept : basic_handle(kevo_pinned_new()) {}

  /** Adopts a handle. */
  using basic_handle::basic_handle;

  /** Lets go of what it holds. */
  void reset() noexcept { kevo_pinned_reset(native_handle()); }
};

/** A stretch of a table's file. */
struct table_part {
  table_part_kind kind = table_part_kind::block; /**< What it is. */
  std::uint64_t offset = 0; /**< Where it starts, in bytes from the file's start. */
  std::uint64_t length = 0; /**< How long it is, in bytes. */
};

/**
 * A table file: `kevo::open_table("db/sst/0_000001_01795647726083238192.sst").scan()`. It never changes. Values are
 * valid as long as a kevo::pinned holds them, entries of a scan until it goes on. Members that read the file fail with
 * errc::io, errc::corrupt and errc::no_memory.
 *
 * Threads: any number at once, each with a kevo::pinned of its own.
 */
class table : public basic_handle<kevo_table> {
 public:
  using basic_handle::basic_handle;

  /** The newest value of a key, if it has one, which `pinned` holds. */
  std::optional<std::string_view> get(std::string_view key, pinned &pinned) const { return try_get(key, pinned).value(); }
  result<std::optional<std::string_view>> try_get(std::string_view key, pinned &pinned) const
  {
    const result<lookup_result> found = try_lookup(key, pinned);
    if (!found.has_value())
      return found.error();
    return found->found() ? std::optional<std::string_view>(found->value) : std::nullopt;
  }

  /** The newest version of a key: whether there is one, its value, which `pinned` holds, and its sequence number. */
  lookup_result lookup(std::string_view key, pinned &pinned) const { return try_lookup(key, pinned).value(); }
  result<lookup_result> try_lookup(std::string_view key, pinned &pinned) const
  {
    kevo_slice value = {nullptr, 0};
    std::uint64_t sequence = 0;
    kevo_error *failure = nullptr;
    const int code = kevo_table_get(native_handle(), key.data(), key.size(), pinned.native_handle(), &value, &sequence,
                                    &failure);
    if (code < 0)
      return failed(code, failure);
    if (code == KEVO_NOT_FOUND)
      return lookup_result();
    return lookup_result{static_cast<outcome>(code), detail::view(value), sequence};
  }

  /** Whether a key has a value. */
  bool contains(std::string_view key) const { return try_contains(key).value(); }
  result<bool> try_contains(std::string_view key) const
  {
    kevo_error *failure = nullptr;
    const int code = kevo_table_get(native_handle(), key.data(), key.size(), nullptr, nullptr, nullptr, &failure);
    if (code < 0)
      return failed(code, failure);
    return code == KEVO_OK;
  }

  /** The entries of a scan. If options.status() has an error, this fails with that error. */
  scan_range scan(const scan_options &options = {}) const
  {
    scan_range range = try_scan(options).value();
    range.walk_->throw_failures();
    return range;
  }
  result<scan_range> try_scan(const scan_options &options = {}) const
  {
    return scan_range::over(try_make_iterator(options), options.reverse_, true);
  }

  /** An iterator, which can seek and go both ways. */
  iterator make_iterator(const scan_options &options = {}) const { return try_make_iterator(options).value(); }
  result<iterator> try_make_iterator(const scan_options &options = {}) const
  {
    if (const result<void> status = options.status(); !status.has_value())
      return status.error();
    kevo_iterator *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_table_iterator(native_handle(), options.native_handle(), &made, &failure);
    if (code < 0)
      return failed(code, failure);
    return iterator(made);
  }

  /** Reads the whole file again: fails with errc::corrupt if anything is damaged. */
  void verify() const { try_verify().value(); }
  result<void> try_verify() const
  {
    kevo_error *failure = nullptr;
    const int code = kevo_table_verify(native_handle(), &failure);
    if (code < 0)
      return failed(code, failure);
    return {};
  }

  /** Reads the whole file again: a report with everything that is damaged. */
  recovery_report damage() const { return try_damage().value(); }
  result<recovery_report> try_damage() const
  {
    kevo_recovery_report *report = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_table_damage(native_handle(), &report, &failure);
    if (code < 0)
      return failed(code, failure);
    return recovery_report(report);
  }

  /** How many entries there are, tombstones included. */
  std::uint64_t entries() const noexcept { return stat(KEVO_TABLE_STAT_ENTRIES); }

  /** How many of the entries are tombstones. */
  std::uint64_t tombstones() const noexcept { return stat(KEVO_TABLE_STAT_TOMBSTONES); }

  /** How many blocks of entries there are. */
  std::uint64_t blocks() const noexcept { return stat(KEVO_TABLE_STAT_BLOCKS); }

  /** How many entries the index has, which may name a block twice. */
  std::uint64_t index_entries() const noexcept { return stat(KEVO_TABLE_STAT_INDEX_ENTRIES); }

  /** How many of the entries are outside of blocks. */
  std::uint64_t oversize() const noexcept { return stat(KEVO_TABLE_STAT_OVERSIZE); }

  /** How many bytes the file has. */
  std::uint64_t bytes() const noexcept { return stat(KEVO_TABLE_STAT_BYTES); }

  /** How many bytes of memory the open table takes. */
  std::uint64_t memory() const noexcept { return stat(KEVO_TABLE_STAT_MEMORY); }

  /** The version that its footer says. */
  std::uint32_t version() const noexcept { return static_cast<std::uint32_t>(stat(KEVO_TABLE_STAT_VERSION)); }

  /** Which writer's layout it has. */
  table_generation generation() const noexcept
  {
    return static_cast<table_generation>(stat(KEVO_TABLE_STAT_GENERATION));
  }

  /** When it was written, by its footer: nanoseconds since 1970. */
  std::chrono::nanoseconds created() const noexcept
  {
    return std::chrono::nanoseconds(static_cast<std::int64_t>(stat(KEVO_TABLE_STAT_CREATED_NS)));
  }

  /** The parts of the file that are known: blocks in the order of their keys, then all others. */
  std::vector<table_part> parts() const
  {
    std::vector<table_part> parts(kevo_table_part_count(native_handle()));
    for (std::size_t i = 0; i < parts.size(); i++) {
      int kind = 0;
      if (kevo_table_part(native_handle(), i, &kind, &parts[i].offset, &parts[i].length) == KEVO_OK)
        parts[i].kind = static_cast<table_part_kind>(kind);
    }
    return parts;
  }

 private:
  std::uint64_t stat(int which) const noexcept { return kevo_table_stat(native_handle(), which); }

  static error failed(int code, kevo_error *failure)
  {
    return error(code, basic_handle<kevo_error>(failure), recovery_report(nullptr));
  }
};

inline result<table> try_open_table(const std::string &path, table_mode mode = table_mode::absolute)
{
  if (path.find('\0') != std::string::npos)
    return error(KEVO_E_INVALID_ARGUMENT, "open_table: a file whose name has a NUL in it");
  kevo_table *opened = nullptr;
  kevo_error *failure = nullptr;
  const int code = mode == table_mode::absolute
                       ? kevo_table_open(path.c_str(), &opened, &failure)
                       : kevo_table_open_mode(path.c_str(), static_cast<int>(mode), &opened, &failure);
  if (code < 0)
    return error(code, basic_handle<kevo_error>(failure), recovery_report(nullptr));
  return table(opened);
}

/**
 * Opens a table file, of this library's or of any release of Kevo's. Fails with the codes that kevo_table_open lists,
 * and with errc::invalid_argument if there is a NUL in the path.
 *
 * Threads: any number at once.
 */
inline table open_table(const std::string &path, table_mode mode = table_mode::absolute)
{
  return try_open_table(path, mode).value();
}

/**
 * What opening a database is asked to do: kevo::database_options().sync(kevo::sync_mode::none). What is not set is what
 * the database's MANIFEST says, or else the default; kevo.h names these. Setters do not fail; see status().
 *
 * Threads: any number may open databases with the same options at once, while none changes them.
 */
class database_options : public basic_options<database_options, kevo_db_options> {
 public:
  /** Options with the defaults. */
  database_options() : basic_options(kevo_db_options_new(), "database_options") {}

  /** Sets whether a database is made where there is none; it is, by default. */
  database_options &create_if_missing(bool yes = true) &
  {
    return set(kevo_db_options_set_create_if_missing(native_handle(), yes ? 1 : 0), "database_options::create_if_missing");
  }
  database_options &&create_if_missing(bool yes = true) && { return std::move(this->create_if_missing(yes)); }

  /** Sets whether opening fails with errc::exists if there is a database. */
  database_options &error_if_exists(bool yes = true) &
  {
    return set(kevo_db_options_set_error_if_exists(native_handle(), yes ? 1 : 0), "database_options::error_if_exists");
  }
  database_options &&error_if_exists(bool yes = true) && { return std::move(this->error_if_exists(yes)); }

  /** Sets whether the database is only read: nothing on disk changes, and no lock is taken. */
  database_options &read_only(bool yes = true) &
  {
    return set(kevo_db_options_set_read_only(native_handle(), yes ? 1 : 0), "database_options::read_only");
  }
  database_options &&read_only(bool yes = true) && { return std::move(this->read_only(yes)); }

  /** Sets the size, in bytes, from which on a memtable is full, at least 1. */
  database_options &memtable_size(std::uint64_t bytes) &
  {
    return set(kevo_db_options_set_memtable_size(native_handle(), bytes), "database_options::memtable_size");
  }
  database_options &&memtable_size(std::uint64_t bytes) && { return std::move(this->memtable_size(bytes)); }

  /** Sets how many memtables may wait for their flush before writers wait, at least 1. */
  database_options &max_memtables(std::size_t count) &
  {
    return set(kevo_db_options_set_max_memtables(native_handle(), count), "database_options::max_memtables");
  }
  database_options &&max_memtables(std::size_t count) && { return std::move(this->max_memtables(count)); }

  /** Sets the size of a log, in bytes, from which on the next one is begun, at least 1. */
  database_options &log_size(std::uint64_t bytes) &
  {
    return set(kevo_db_options_set_log_size(native_handle(), bytes), "database_options::log_size");
  }
  database_options &&log_size(std::uint64_t bytes) && { return std::move(this->log_size(bytes)); }

  /** Sets whether the log is written through a map; see kevo_db_options_set_log_mapped for the danger. */
  database_options &log_mapped(bool yes = true) &
  {
    return set(kevo_db_options_set_log_mapped(native_handle(), yes ? 1 : 0), "database_options::log_mapped");
  }
  database_options &&log_mapped(bool yes = true) && { return std::move(this->log_mapped(yes)); }

  /** Sets how many bytes of logs are kept for readers of the log after they were flushed. */
  database_options &log_retention(std::uint64_t bytes) &
  {
    return set(kevo_db_options_set_log_retention(native_handle(), bytes), "database_options::log_retention");
  }
  database_options &&log_retention(std::uint64_t bytes) && { return std::move(this->log_retention(bytes)); }

  /** Sets the size of a table, in bytes, about, at least 1. */
  database_options &table_size(std::uint64_t bytes) &
  {
    return set(kevo_db_options_set_table_size(native_handle(), bytes), "database_options::table_size");
  }
  database_options &&table_size(std::uint64_t bytes) && { return std::move(this->table_size(bytes)); }

  /** Sets the size of a block, in bytes, about, at least 1. */
  database_options &block_size(std::size_t bytes) &
  {
    return set(kevo_db_options_set_block_size(native_handle(), bytes), "database_options::block_size");
  }
  database_options &&block_size(std::size_t bytes) && { return std::move(this->block_size(bytes)); }

  /** Sets how many bytes blocks, indexes and filters take in memory, about. */
  database_options &cache_size(std::uint64_t bytes) &
  {
    return set(kevo_db_options_set_cache_size(native_handle(), bytes), "database_options::cache_size");
  }
  database_options &&cache_size(std::uint64_t bytes) && { return std::move(this->cache_size(bytes)); }

  /** Sets how many bits a key has in filters, at most 64; 0 is no filter. */
  database_options &filter_bits(unsigned bits_per_key) &
  {
    return set(kevo_db_options_set_filter_bits(native_handle(), bits_per_key), "database_options::filter_bits");
  }
  database_options &&filter_bits(unsigned bits_per_key) && { return std::move(this->filter_bits(bits_per_key)); }

  /** Sets how many bytes a second a compaction writes at most; 0 is any number. */
  database_options &compaction_rate(std::uint64_t bytes_per_second) &
  {
    return set(kevo_db_options_set_compaction_rate(native_handle(), bytes_per_second), "database_options::compaction_rate");
  }
  database_options &&compaction_rate(std::uint64_t bytes_per_second) && { return std::move(this->compaction_rate(bytes_per_second)); }

  /** Sets how many files of tables are open at once, at least 1. */
  database_options &max_open_files(std::size_t count) &
  {
    return set(kevo_db_options_set_max_open_files(native_handle(), count), "database_options::max_open_files");
  }
  database_options &&max_open_files(std::size_t count) && { return std::move(this->max_open_files(count)); }

  /** Sets when what was written is brought to disk; `bytes` is for sync_mode::bytes, and 0 is the default. */
  database_options &sync(sync_mode mode, std::uint64_t bytes = 0) &
  {
    return set(kevo_db_options_set_sync(native_handle(), static_cast<int>(mode), bytes), "database_options::sync");
  }
  database_options &&sync(sync_mode mode, std::uint64_t bytes = 0) && { return std::move(this->sync(mode, bytes)); }

  /** Sets how tables are merged, and by how many threads; 0 is the default. */
  database_options &compaction(compaction_style style, std::size_t threads = 0) &
  {
    return set(kevo_db_options_set_compaction(native_handle(), static_cast<int>(style), threads),
               "database_options::compaction");
  }
  database_options &&compaction(compaction_style style, std::size_t threads = 0) &&
  {
    return std::move(this->compaction(style, threads));
  }

  /** Sets how the logs are recovered, as far as that is set in `options`; a callback of theirs goes with them. */
  database_options &recovery(recovery_options options) &
  {
    if (const result<void> status = options.status(); !status.has_value())
      return set(static_cast<int>(status.error().code()), "database_options::recovery");
    const int code = kevo_db_options_set_recovery(native_handle(), options.native_handle());
    recovery_.push_back(std::move(options));
    return set(code, "database_options::recovery");
  }
  database_options &&recovery(recovery_options options) && { return std::move(this->recovery(std::move(options))); }

  /** Sets a function that is told what happens; an empty one removes it. It lives as long as the databases. */
  database_options &logger(log_callback callback) &
  {
    auto kept = callback ? std::make_shared<log_callback>(std::move(callback)) : nullptr;
    const int code = kevo_db_options_set_logger(native_handle(), kept ? log : nullptr, kept.get());
    logger_ = std::move(kept);
    return set(code, "database_options::logger");
  }
  database_options &&logger(log_callback callback) && { return std::move(this->logger(std::move(callback))); }

 private:
  friend class database;
  friend struct database_opener;

  static void log(void *callback, int level, const char *message) noexcept
  {
    (*static_cast<const log_callback *>(callback))(static_cast<log_level>(level), message);
  }

  std::vector<recovery_options> recovery_;
  std::shared_ptr<const log_callback> logger_;
};

/** How one write is made. */
struct write_options {
  std::optional<bool> sync; /**< Whether it is on disk when the call returns; by default as the database's mode says. */
  bool no_wait = false; /**< Fail with errc::busy rather than wait for a flush. */

  /** The flags of kevo.h. */
  std::uint32_t flags() const noexcept
  {
    const std::uint32_t synced = !sync.has_value() ? 0 : *sync ? KEVO_WRITE_SYNC : KEVO_WRITE_NO_SYNC;
    return synced | (no_wait ? KEVO_WRITE_NO_WAIT : 0);
  }
};

/**
 * Puts and deletes that are written together: all of them or none, in every crash. The last one for a key counts. Members
 * that add fail with errc::too_large and errc::no_memory, and then nothing is added.
 */
class write_batch : public basic_handle<kevo_batch> {
 public:
  /** An empty one. */
  write_batch() noexcept : basic_handle(kevo_batch_new()) {}

  /** Adopts a handle. */
  using basic_handle::basic_handle;

  /** Adds a put. */
  void put(std::string_view key, std::string_view value) { try_put(key, value).value(); }
  result<void> try_put(std::string_view key, std::string_view value)
  {
    return detail::done(kevo_batch_put(native_handle(), key.data(), key.size(), value.data(), value.size()),
                        "write_batch::put");
  }

  /** Adds a delete. */
  void erase(std::string_view key) { try_erase(key).value(); }
  result<void> try_erase(std::string_view key)
  {
    return detail::done(kevo_batch_delete(native_handle(), key.data(), key.size()), "write_batch::erase");
  }

  /** Adds all operations of another batch, or of the same one. */
  void append(const write_batch &other) { try_append(other).value(); }
  result<void> try_append(const write_batch &other)
  {
    return detail::done(kevo_batch_append(native_handle(), other.native_handle()), "write_batch::append");
  }

  /** Takes all operations out. */
  void clear() noexcept { kevo_batch_clear(native_handle()); }

  /** How many operations it has. */
  std::size_t size() const noexcept { return kevo_batch_count(native_handle()); }

  /** Whether it has none. */
  bool empty() const noexcept { return size() == 0; }

  /** How many bytes of log it takes. */
  std::uint64_t bytes() const noexcept { return kevo_batch_size(native_handle()); }

  /** An operation, by its number; nothing past the end. Its bytes are valid until the batch changes. */
  std::optional<kevo::entry> entry(std::size_t index) const noexcept
  {
    kevo_entry found;
    return kevo_batch_entry(native_handle(), index, &found) == KEVO_OK ? std::optional<kevo::entry>(found) : std::nullopt;
  }
};

namespace detail {

inline error database_error(int code, kevo_error *failure)
{
  return error(code, basic_handle<kevo_error>(failure), recovery_report(nullptr));
}

inline std::string_view or_empty(const char *text) noexcept
{
  return text != nullptr ? std::string_view(text) : std::string_view();
}

/* The error is taken by reference: arguments are evaluated in any order, and the call that gives the code sets it. */
inline result<void> database_done(int code, kevo_error *const &failure)
{
  if (code < 0)
    return database_error(code, failure);
  return {};
}

inline result<std::optional<std::string_view>> database_value(int code, const kevo_slice &value, kevo_error *failure)
{
  if (code < 0)
    return database_error(code, failure);
  return code == KEVO_OK ? std::optional<std::string_view>(view(value)) : std::nullopt;
}

/* The end of a range is NULL if there is none, and must not be if it is empty. */
inline const char *data(const std::optional<std::string_view> &end) noexcept
{
  return !end.has_value() ? nullptr : end->data() != nullptr ? end->data() : "";
}

inline std::size_t size(const std::optional<std::string_view> &end) noexcept
{
  return end.has_value() ? end->size() : 0;
}

}  // namespace detail

/**
 * A database as it was at one moment. It can be read also after the database was closed.
 *
 * Threads: any number at once, each with a kevo::pinned of its own.
 */
class snapshot : public basic_handle<kevo_snapshot> {
 public:
  using basic_handle::basic_handle;

  /** The highest sequence number that it sees. */
  std::uint64_t sequence() const noexcept { return kevo_snapshot_sequence(native_handle()); }

  /** The value of a key, if it has one, which `pinned` holds. */
  std::optional<std::string_view> get(std::string_view key, pinned &pinned) const { return try_get(key, pinned).value(); }
  result<std::optional<std::string_view>> try_get(std::string_view key, pinned &pinned) const
  {
    kevo_slice value = {nullptr, 0};
    kevo_error *failure = nullptr;
    const int code =
        kevo_snapshot_get(native_handle(), key.data(), key.size(), pinned.native_handle(), &value, &failure);
    return detail::database_value(code, value, failure);
  }

  /** The entries of a scan, each valid until the range goes on. */
  scan_range scan(const scan_options &options = {}) const
  {
    scan_range range = try_scan(options).value();
    range.walk_->throw_failures();
    return range;
  }
  result<scan_range> try_scan(const scan_options &options = {}) const
  {
    return scan_range::over(try_make_iterator(options), options.reverse_, true);
  }

  /** An iterator, which can seek and go both ways. */
  iterator make_iterator(const scan_options &options = {}) const { return try_make_iterator(options).value(); }
  result<iterator> try_make_iterator(const scan_options &options = {}) const
  {
    if (const result<void> status = options.status(); !status.has_value())
      return status.error();
    kevo_iterator *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_snapshot_iterator(native_handle(), options.native_handle(), &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return iterator(made);
  }
};

/** How a transaction is made. */
struct transaction_options {
  bool read_only = false; /**< It writes nothing. */
  bool exclusive = false; /**< It waits for other exclusive ones, and never conflicts with them. */
  std::chrono::milliseconds timeout{0}; /**< How long that takes at most, and how long it may live; 0 is no limit. */

  /** The flags of kevo.h. */
  std::uint32_t flags() const noexcept
  {
    return (read_only ? KEVO_TRANSACTION_READ_ONLY : 0) | (exclusive ? KEVO_TRANSACTION_EXCLUSIVE : 0);
  }
};

/**
 * Reads and writes that happen at one moment, or not at all: `auto t = db.begin(); ...; t.commit();`. One that is destroyed without a
 * commit is rolled back. Members fail with the codes that kevo.h names for the functions that they call.
 *
 * Threads: one at a time.
 */
class transaction : public basic_handle<kevo_transaction> {
 public:
  using basic_handle::basic_handle;

  /** Gives a key a value. */
  void put(std::string_view key, std::string_view value) { try_put(key, value).value(); }
  result<void> try_put(std::string_view key, std::string_view value)
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_transaction_put(native_handle(), key.data(), key.size(), value.data(),
                                                      value.size(), &failure),
                                 failure);
  }

  /** Deletes a key. */
  void erase(std::string_view key) { try_erase(key).value(); }
  result<void> try_erase(std::string_view key)
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_transaction_delete(native_handle(), key.data(), key.size(), &failure), failure);
  }

  /** Deletes the keys that it sees from `begin` on and below `end`, or up to the last; gives how many. */
  std::uint64_t erase_range(std::string_view begin, std::optional<std::string_view> end)
  {
    return try_erase_range(begin, end).value();
  }
  result<std::uint64_t> try_erase_range(std::string_view begin, std::optional<std::string_view> end)
  {
    std::uint64_t count = 0;
    kevo_error *failure = nullptr;
    const int code = kevo_transaction_delete_range(native_handle(), begin.data(), begin.size(), detail::data(end),
                                                   detail::size(end), &count, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return count;
  }

  /** The value of a key, if it has one; valid until the transaction is committed, rolled back or destroyed. */
  std::optional<std::string_view> get(std::string_view key) { return try_get(key).value(); }
  result<std::optional<std::string_view>> try_get(std::string_view key)
  {
    kevo_slice value = {nullptr, 0};
    kevo_error *failure = nullptr;
    const int code = kevo_transaction_get(native_handle(), key.data(), key.size(), &value, &failure);
    return detail::database_value(code, value, failure);
  }

  /** The entries of a scan, as the transaction sees them now, each valid until the range goes on. */
  scan_range scan(const scan_options &options = {})
  {
    scan_range range = try_scan(options).value();
    range.walk_->throw_failures();
    return range;
  }
  result<scan_range> try_scan(const scan_options &options = {})
  {
    return scan_range::over(try_make_iterator(options), options.reverse_, true);
  }

  /** An iterator over what the transaction sees now, which can seek and go both ways. */
  iterator make_iterator(const scan_options &options = {}) { return try_make_iterator(options).value(); }
  result<iterator> try_make_iterator(const scan_options &options = {})
  {
    if (const result<void> status = options.status(); !status.has_value())
      return status.error();
    kevo_iterator *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_transaction_iterator(native_handle(), options.native_handle(), &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return iterator(made);
  }

  /** Sets a savepoint. */
  void savepoint() { try_savepoint().value(); }
  result<void> try_savepoint()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_transaction_savepoint(native_handle(), &failure), failure);
  }

  /** Takes back what was written since the last savepoint, and takes that away; false if there is none. */
  bool rollback_to_savepoint() { return try_rollback_to_savepoint().value(); }
  result<bool> try_rollback_to_savepoint()
  {
    kevo_error *failure = nullptr;
    const int code = kevo_transaction_rollback_to_savepoint(native_handle(), &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return code == KEVO_OK;
  }

  /** Writes all of it at one moment, and gives the sequence number of its last operation. It is over then, in each case. */
  std::uint64_t commit(const write_options &how = {}) { return try_commit(how).value(); }
  result<std::uint64_t> try_commit(const write_options &how = {})
  {
    std::uint64_t sequence = 0;
    kevo_error *failure = nullptr;
    const int code = kevo_transaction_commit(native_handle(), how.flags(), &sequence, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return sequence;
  }

  /** Ends it without writing anything. */
  void rollback() { try_rollback().value(); }
  result<void> try_rollback()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_transaction_rollback(native_handle(), &failure), failure);
  }
};

/** An entry of a log, and where it is. */
struct logged_entry {
  kevo::entry entry; /**< A put or a delete, valid until the next one. */
  bool last_of_batch = true; /**< Whether it is in no batch, or the last of one. */
  std::string_view path; /**< The log that it is in, ended by a NUL; valid until the next one. */
  std::uint64_t offset = 0; /**< From where log_cursor::open_at() goes on after it. */
};

/**
 * Goes through the logs of a directory in the order in which they were written, and waits for more:
 * `auto feed = kevo::log_cursor::open("db/wal");`. Members fail with the codes that kevo.h names for the functions that they call.
 *
 * Threads: one at a time; another one may call wake().
 */
class log_cursor : public basic_handle<kevo_log_cursor> {
 public:
  using basic_handle::basic_handle;

  /** A cursor before the first entry whose sequence number is above `after`. */
  static log_cursor open(const std::string &wal_dir, std::uint64_t after = 0) { return try_open(wal_dir, after).value(); }
  /** The same, without exceptions. */
  static result<log_cursor> try_open(const std::string &wal_dir, std::uint64_t after = 0)
  {
    if (wal_dir.find('\0') != std::string::npos)
      return error(KEVO_E_INVALID_ARGUMENT, "log_cursor::open: a directory whose name has a NUL in it");
    kevo_log_cursor *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_log_cursor_open(wal_dir.c_str(), after, &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return log_cursor(made);
  }

  /** A cursor that goes on after an entry, whose path and offset these are. */
  static log_cursor open_at(const std::string &wal_dir, const std::string &path, std::uint64_t offset)
  {
    return try_open_at(wal_dir, path, offset).value();
  }
  /** The same, without exceptions. */
  static result<log_cursor> try_open_at(const std::string &wal_dir, const std::string &path, std::uint64_t offset)
  {
    if (wal_dir.find('\0') != std::string::npos || path.find('\0') != std::string::npos)
      return error(KEVO_E_INVALID_ARGUMENT, "log_cursor::open_at: a path with a NUL in it");
    kevo_log_cursor *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_log_cursor_open_at(wal_dir.c_str(), path.c_str(), offset, &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return log_cursor(made);
  }

  /** The next entry; if there is none, waits for one, `timeout` at most. */
  std::optional<logged_entry> next(std::chrono::milliseconds timeout = std::chrono::milliseconds(0))
  {
    return try_next(timeout).value();
  }
  result<std::optional<logged_entry>> try_next(std::chrono::milliseconds timeout = std::chrono::milliseconds(0))
  {
    kevo_entry found;
    int last_of_batch = 1;
    const char *path = nullptr;
    std::uint64_t offset = 0;
    kevo_error *failure = nullptr;
    const auto wait = timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
    const int code = kevo_log_cursor_next(native_handle(), wait, &found, &last_of_batch, &path, &offset, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    if (code != KEVO_OK)
      return std::optional<logged_entry>();
    return std::optional<logged_entry>(logged_entry{kevo::entry(found), last_of_batch != 0, path, offset});
  }

  /** Wakes a next() that waits, which fails with errc::cancelled; or the next one that would. */
  void wake() { try_wake().value(); }
  result<void> try_wake() { return detail::done(kevo_log_cursor_wake(native_handle()), "log_cursor::wake"); }
};

/** A table that a database had at some moment. */
struct listed_table {
  std::string path; /**< Its file. */
  std::uint64_t age = 0; /**< The age of its run: higher is newer. */
  std::uint64_t level = 0; /**< The level of its run. */
  std::uint64_t entries = 0; /**< Its entries, tombstones included. */
  std::uint64_t tombstones = 0; /**< How many of them are tombstones. */
  std::uint64_t bytes = 0; /**< The bytes of its file. */
  bool foreign = false; /**< Whether Kevo wrote it. */
};

/**
 * An open database: `auto db = kevo::open_database("db");`. It is closed when it is destroyed; close() also tells what went
 * wrong. Members fail with the codes that kevo.h names for the functions that they call.
 *
 * Threads: any number at once, each with a kevo::pinned of its own; but for close(), moves and destruction.
 */
class database : public basic_handle<kevo_db> {
 public:
  using basic_handle::basic_handle;

  /** Gives a key a value. */
  void put(std::string_view key, std::string_view value, const write_options &how = {}) { try_put(key, value, how).value(); }
  result<void> try_put(std::string_view key, std::string_view value, const write_options &how = {})
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_put(native_handle(), key.data(), key.size(), value.data(), value.size(),
                                             how.flags(), &failure),
                                 failure);
  }

  /** Deletes a key. */
  void erase(std::string_view key, const write_options &how = {}) { try_erase(key, how).value(); }
  result<void> try_erase(std::string_view key, const write_options &how = {})
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_delete(native_handle(), key.data(), key.size(), how.flags(), &failure), failure);
  }

  /** Writes a batch, and gives the sequence number of its last operation. */
  std::uint64_t write(const write_batch &batch, const write_options &how = {}) { return try_write(batch, how).value(); }
  result<std::uint64_t> try_write(const write_batch &batch, const write_options &how = {})
  {
    std::uint64_t sequence = 0;
    kevo_error *failure = nullptr;
    const int code = kevo_db_write(native_handle(), batch.native_handle(), how.flags(), &sequence, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return sequence;
  }

  /** Deletes the keys from `begin` on and below `end`, or up to the last; gives how many. In pieces: in several batches. */
  std::uint64_t erase_range(std::string_view begin, std::optional<std::string_view> end, bool in_pieces = false,
                            const write_options &how = {})
  {
    return try_erase_range(begin, end, in_pieces, how).value();
  }
  result<std::uint64_t> try_erase_range(std::string_view begin, std::optional<std::string_view> end,
                                        bool in_pieces = false, const write_options &how = {})
  {
    std::uint64_t count = 0;
    kevo_error *failure = nullptr;
    const int code = kevo_db_delete_range(native_handle(), begin.data(), begin.size(), detail::data(end), detail::size(end),
                                          how.flags() | (in_pieces ? KEVO_WRITE_IN_PIECES : 0), &count, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return count;
  }

  /** The value of a key, if it has one, which `pinned` holds; as it was at a snapshot, if one is given. */
  std::optional<std::string_view> get(std::string_view key, pinned &pinned, const snapshot *at = nullptr) const
  {
    return try_get(key, pinned, at).value();
  }
  result<std::optional<std::string_view>> try_get(std::string_view key, pinned &pinned,
                                                  const snapshot *at = nullptr) const
  {
    kevo_slice value = {nullptr, 0};
    kevo_error *failure = nullptr;
    const int code = kevo_db_get(native_handle(), handle(at), key.data(), key.size(), pinned.native_handle(), &value,
                                 &failure);
    return detail::database_value(code, value, failure);
  }

  /** A copy of the value of a key, if it has one. */
  std::optional<std::string> get(std::string_view key, const snapshot *at = nullptr) const
  {
    return try_get(key, at).value();
  }
  result<std::optional<std::string>> try_get(std::string_view key, const snapshot *at = nullptr) const
  {
    std::string value(256, '\0');
    for (;;) {
      std::size_t len = 0;
      kevo_error *failure = nullptr;
      const int code = kevo_db_get_copy(native_handle(), handle(at), key.data(), key.size(), &value[0], value.size(), &len,
                                        &failure);
      if (code != KEVO_E_BUFFER_TOO_SMALL && code < 0)
        return detail::database_error(code, failure);
      kevo_error_free(failure);
      if (code > 0)
        return std::optional<std::string>();
      value.resize(len);
      if (code == KEVO_OK)
        return std::optional<std::string>(std::move(value));
    }
  }

  /** The values of several keys at one moment, which `pinned` holds. A key that cannot be read is a failure of all. */
  std::vector<std::optional<std::string_view>> multi_get(const std::vector<std::string_view> &keys, pinned &pinned,
                                                         const snapshot *at = nullptr) const
  {
    return try_multi_get(keys, pinned, at).value();
  }
  result<std::vector<std::optional<std::string_view>>> try_multi_get(const std::vector<std::string_view> &keys,
                                                                     pinned &pinned, const snapshot *at = nullptr) const
  {
    std::vector<kevo_slice> slices, values(keys.size());
    std::vector<int> codes(keys.size());
    for (const std::string_view key : keys)
      slices.push_back({key.data(), key.size()});
    kevo_error *failure = nullptr;
    const int code = kevo_db_multi_get(native_handle(), handle(at), slices.data(), slices.size(), pinned.native_handle(),
                                       values.data(), codes.data(), &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    std::vector<std::optional<std::string_view>> found(keys.size());
    for (std::size_t i = 0; i < keys.size(); i++) {
      if (codes[i] < 0)
        return error(codes[i], "database::multi_get");
      if (codes[i] == KEVO_OK)
        found[i] = detail::view(values[i]);
    }
    return found;
  }

  /** The database as it is now. */
  snapshot make_snapshot() const { return try_make_snapshot().value(); }
  result<snapshot> try_make_snapshot() const
  {
    kevo_snapshot *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_db_snapshot(native_handle(), &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return snapshot(made);
  }

  /** The entries of a scan as they are now, each valid until the range goes on. */
  scan_range scan(const scan_options &options = {}) const
  {
    scan_range range = try_scan(options).value();
    range.walk_->throw_failures();
    return range;
  }
  result<scan_range> try_scan(const scan_options &options = {}) const
  {
    return scan_range::over(try_make_iterator(options), options.reverse_, true);
  }

  /** An iterator over the database as it is now, which can seek, go both ways, and be refreshed. */
  iterator make_iterator(const scan_options &options = {}) const { return try_make_iterator(options).value(); }
  result<iterator> try_make_iterator(const scan_options &options = {}) const
  {
    if (const result<void> status = options.status(); !status.has_value())
      return status.error();
    kevo_iterator *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_db_iterator(native_handle(), nullptr, options.native_handle(), &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return iterator(made);
  }

  /** Begins a transaction. It sees the database as it is now, and its own writes. */
  transaction begin(const transaction_options &how = {}) { return try_begin(how).value(); }
  result<transaction> try_begin(const transaction_options &how = {})
  {
    kevo_transaction *made = nullptr;
    kevo_error *failure = nullptr;
    const auto timeout = how.timeout.count() > 0 ? static_cast<std::uint64_t>(how.timeout.count()) : 0;
    const int code = kevo_transaction_begin(native_handle(), how.flags(), timeout, &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return transaction(made);
  }

  /**
   * Runs `body(transaction)` and commits, and does both again as long as the commit conflicts. So `body` may run several
   * times, and should change nothing but the transaction. What it throws ends this, and rolls back.
   */
  template <class Body>
  void transact(Body &&body, const transaction_options &how = {}, const write_options &written = {})
  {
    for (;;) {
      transaction attempt = begin(how);
      body(attempt);
      const result<std::uint64_t> committed = attempt.try_commit(written);
      if (committed.has_value() || committed.error().code() != errc::conflict)
        return static_cast<void>(committed.value());
    }
  }

  /** Brings to disk all that was acknowledged before. */
  void sync() { try_sync().value(); }
  result<void> try_sync()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_sync(native_handle(), &failure), failure);
  }

  /** Takes writes again after a failure, when its cause is gone. */
  void resume() { try_resume().value(); }
  result<void> try_resume()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_resume(native_handle(), &failure), failure);
  }

  /** Brings into tables all that was written before. */
  void flush() { try_flush().value(); }
  result<void> try_flush()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_flush(native_handle(), &failure), failure);
  }

  /** Makes a second database in `path`, of all that was written before; see kevo_db_checkpoint. */
  void checkpoint(const std::string &path, progress_callback callback = {})
  {
    try_checkpoint(path, std::move(callback)).value();
  }
  result<void> try_checkpoint(const std::string &path, progress_callback callback = {})
  {
    if (path.find('\0') != std::string::npos)
      return error(KEVO_E_INVALID_ARGUMENT, "database::checkpoint: a directory whose name has a NUL in it");
    kevo_error *failure = nullptr;
    const int code = kevo_db_checkpoint(native_handle(), path.c_str(), callback ? detail::call_back : nullptr,
                                        &callback, &failure);
    basic_handle<kevo_error> why(failure);
    detail::rethrow_from_callback();
    return detail::database_done(code, why.release());
  }

  /** Reads every byte of every file. Fails with errc::corrupt if any is damaged; the error has the report. */
  recovery_report verify(progress_callback callback = {}) { return try_verify(std::move(callback)).value(); }
  result<recovery_report> try_verify(progress_callback callback = {})
  {
    kevo_recovery_report *found = nullptr;
    kevo_error *failure = nullptr;
    const int code =
        kevo_db_verify(native_handle(), callback ? detail::call_back : nullptr, &callback, &found, &failure);
    basic_handle<kevo_error> why(failure);
    recovery_report report(found);
    detail::rethrow_from_callback();
    if (code < 0)
      return error(code, std::move(why), std::move(report));
    return report;
  }

  /** Of a database that was opened read-only: brings it to what another process has written since. */
  void catch_up() { try_catch_up().value(); }
  result<void> try_catch_up()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_catch_up(native_handle(), &failure), failure);
  }

  /** Begins no flush and no compaction until continue_background() was called as often. */
  void pause_background() { try_pause_background().value(); }
  result<void> try_pause_background()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_pause_background(native_handle(), &failure), failure);
  }

  /** Takes back one pause_background(). */
  void continue_background() { try_continue_background().value(); }
  result<void> try_continue_background()
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_continue_background(native_handle(), &failure), failure);
  }

  /** Fails with what poisons the database, or with what its last compaction failed with. */
  void status() const { try_status().value(); }
  result<void> try_status() const
  {
    kevo_error *failure = nullptr;
    return detail::database_done(kevo_db_status(native_handle(), &failure), failure);
  }

  /** Merges all tables that have keys from `begin` on and below `end`, or up to the last. */
  void compact(std::string_view begin = {}, std::optional<std::string_view> end = {}, progress_callback callback = {})
  {
    try_compact(begin, end, std::move(callback)).value();
  }
  result<void> try_compact(std::string_view begin = {}, std::optional<std::string_view> end = {},
                           progress_callback callback = {})
  {
    kevo_error *failure = nullptr;
    const int code = kevo_db_compact(native_handle(), begin.data(), begin.size(), detail::data(end), detail::size(end),
                                     callback ? detail::call_back : nullptr, &callback, &failure);
    basic_handle<kevo_error> why(failure);
    detail::rethrow_from_callback();
    return detail::database_done(code, why.release());
  }

  /** About how many bytes of table files the keys from `begin` on and below `end`, or up to the last, take. */
  std::uint64_t approximate_size(std::string_view begin = {}, std::optional<std::string_view> end = {}) const
  {
    return try_approximate_size(begin, end).value();
  }
  result<std::uint64_t> try_approximate_size(std::string_view begin = {}, std::optional<std::string_view> end = {}) const
  {
    std::uint64_t bytes = 0;
    kevo_error *failure = nullptr;
    const int code = kevo_db_approximate_size(native_handle(), begin.data(), begin.size(), detail::data(end), detail::size(end), &bytes,
                                              &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    return bytes;
  }

  /** Its tables as they are now, the newest first. */
  std::vector<listed_table> tables() const { return try_tables().value(); }
  result<std::vector<listed_table>> try_tables() const
  {
    kevo_table_list *made = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_db_tables(native_handle(), &made, &failure);
    if (code < 0)
      return detail::database_error(code, failure);
    const basic_handle<kevo_table_list> list(made);
    std::vector<listed_table> tables(kevo_table_list_count(made));
    for (std::size_t i = 0; i < tables.size(); i++) {
      const auto stat = [&](int which) { return kevo_table_list_stat(made, i, which); };
      tables[i] = {kevo_table_list_path(made, i),
                   stat(KEVO_LISTED_TABLE_AGE),
                   stat(KEVO_LISTED_TABLE_LEVEL),
                   stat(KEVO_LISTED_TABLE_ENTRIES),
                   stat(KEVO_LISTED_TABLE_TOMBSTONES),
                   stat(KEVO_LISTED_TABLE_BYTES),
                   stat(KEVO_LISTED_TABLE_FOREIGN) != 0};
    }
    return tables;
  }

  /** The highest sequence number of all writes that reads see. */
  std::uint64_t last_sequence() const noexcept { return kevo_db_last_sequence(native_handle()); }

  /** A number, by a KEVO_DB_STAT_*. */
  std::uint64_t stat(int which) const noexcept { return kevo_db_stat(native_handle(), which); }

  /** The name of a statistic; empty after the last. */
  static std::string_view stat_name(int which) noexcept
  {
    return detail::or_empty(kevo_db_stat_name(which));
  }

  /** What a statistic is counted in: "count", "bytes", "microseconds" or "sequence-number"; empty after the last. */
  static std::string_view stat_unit(int which) noexcept { return detail::or_empty(kevo_db_stat_unit(which)); }

  /** What a statistic says, in a sentence; empty after the last. */
  static std::string_view stat_meaning(int which) noexcept { return detail::or_empty(kevo_db_stat_meaning(which)); }

  /** Whether a statistic counts what has happened since the opening. */
  static bool stat_is_counter(int which) noexcept { return kevo_db_stat_is_counter(which) != 0; }

  /** All statistics, in the form that Prometheus collects. */
  std::string stat_text() const { return try_stat_text().value(); }
  result<std::string> try_stat_text() const
  {
    std::string text(16384, ' ');
    for (;;) {
      std::size_t length = 0;
      kevo_error *failure = nullptr;
      const int code = kevo_db_stat_text(native_handle(), &text[0], text.size(), &length, &failure);
      if (code == KEVO_OK) {
        text.resize(length);
        return text;
      }
      if (code != KEVO_E_BUFFER_TOO_SMALL)
        return detail::database_error(code, failure);
      kevo_error_free(failure);
      /* Numbers may have more digits the next time. */
      text.resize(length + 1024);
    }
  }

  /** Closes it, and tells what went wrong; it is closed all the same. */
  void close() { try_close().value(); }
  result<void> try_close()
  {
    kevo_error *failure = nullptr;
    const int code = kevo_db_close(release(), &failure);
    logger_.reset();
    return detail::database_done(code, failure);
  }

  /** Takes over the handle of another database, which has none afterwards. */
  database(database &&) noexcept = default;
  /** The same, after the database of this handle has been closed. */
  database &operator=(database &&other) noexcept
  {
    /* The logger lives until the handle is closed. */
    basic_handle::operator=(std::move(other));
    logger_ = std::move(other.logger_);
    return *this;
  }
  /** Closes the database, if it is open. What goes wrong is not told. */
  ~database()
  {
    if (native_handle() != nullptr)
      kevo_db_close(release(), nullptr);
  }

 private:
  friend struct database_opener;

  static const kevo_snapshot *handle(const snapshot *at) noexcept { return at != nullptr ? at->native_handle() : nullptr; }

  std::shared_ptr<const log_callback> logger_;
};

/** A database that was opened. */
struct opened_database {
  /** The database. */
  kevo::database database;
  /** What recovery found, including damage that the mode passed over. */
  recovery_report report;
};

/** What opens databases. */
struct database_opener {
  /** See kevo::try_open_database(). */
  static result<opened_database> open(const std::string &path, const database_options &options)
  {
    if (const result<void> status = options.status(); !status.has_value())
      return status.error();
    if (path.find('\0') != std::string::npos)
      return error(KEVO_E_INVALID_ARGUMENT, "open_database: a directory whose name has a NUL in it");
    kevo_db *db = nullptr;
    kevo_recovery_report *report = nullptr;
    kevo_error *failure = nullptr;
    const int code = kevo_db_open(path.c_str(), options.native_handle(), &db, &report, &failure);
    opened_database opened = {database(db), recovery_report(report)};
    opened.database.logger_ = options.logger_;
    basic_handle<kevo_error> why(failure);
    detail::rethrow_from_callback();
    if (code < 0)
      return error(code, std::move(why), std::move(opened.report));
    return opened;
  }
};

/** As open_database(), and gives the report of the recovery, too. */
inline result<opened_database> try_open_database(const std::string &path, const database_options &options = {})
{
  return database_opener::open(path, options);
}

/**
 * Opens the database in a directory, Kevo's or this library's, or makes one. Fails with the codes that kevo_db_open lists,
 * and with errc::invalid_argument if there is a NUL in the path.
 *
 * Threads: any number at once.
 */
inline database open_database(const std::string &path, const database_options &options = {})
{
  return std::move(try_open_database(path, options).value().database);
}

inline result<void> try_destroy_database(const std::string &path)
{
  if (path.find('\0') != std::string::npos)
    return error(KEVO_E_INVALID_ARGUMENT, "destroy_database: a directory whose name has a NUL in it");
  kevo_error *failure = nullptr;
  return detail::database_done(kevo_db_destroy(path.c_str(), &failure), failure);
}

/** Removes a database that is closed; see kevo_db_destroy. */
inline void destroy_database(const std::string &path)
{
  try_destroy_database(path).value();
}

inline result<recovery_report> try_salvage_database(const std::string &path, const std::string &into,
                                                    const recovery_options &options = {})
{
  if (const result<void> status = options.status(); !status.has_value())
    return status.error();
  if (path.find('\0') != std::string::npos || into.find('\0') != std::string::npos)
    return error(KEVO_E_INVALID_ARGUMENT, "salvage_database: a directory whose name has a NUL in it");
  kevo_recovery_report *report = nullptr;
  kevo_error *failure = nullptr;
  const int code = kevo_db_salvage(path.c_str(), into.c_str(), options.native_handle(), &report, &failure);
  recovery_report found(report);
  basic_handle<kevo_error> why(failure);
  detail::rethrow_from_callback();
  if (code < 0)
    return error(code, std::move(why), std::move(found));
  return found;
}

/**
 * Makes a database in `into`, which is empty or not there, of whatever is left of the one in `path`, of which nothing
 * changes: `auto report = kevo::salvage_database("db", "new");`. The report says what is damaged, missing or in doubt. Fails
 * with the codes that kevo_db_salvage lists, with the error of the options' status(), and with errc::invalid_argument if
 * there is a NUL in a path; error::report() is the report then.
 *
 * Threads: any number at once, with options of their own or shared ones that none changes.
 */
inline recovery_report salvage_database(const std::string &path, const std::string &into,
                                        const recovery_options &options = {})
{
  return try_salvage_database(path, into, options).value();
}

/** A log that was recovered. */
struct recovery {
  /** The log's memtables. */
  memtable_list list;
  /** What was found, including damage that the mode passed over. */
  recovery_report report;
};

inline result<recovery> try_recover(const std::string &wal_dir, const recovery_options &options = {})
{
  if (const result<void> status = options.status(); !status.has_value())
    return status.error();
  if (wal_dir.find('\0') != std::string::npos)
    return error(KEVO_E_INVALID_ARGUMENT, "recover: a directory whose name has a NUL in it");
  kevo_memtable_list *list = nullptr;
  kevo_recovery_report *report = nullptr;
  kevo_error *failure = nullptr;
  const int code = kevo_recover(wal_dir.c_str(), options.native_handle(), &list, &report, &failure);
  recovery recovered = {memtable_list(list), recovery_report(report)};
  basic_handle<kevo_error> why(failure);
  detail::rethrow_from_callback();
  if (code < 0)
    return error(code, std::move(why), std::move(recovered.report));
  return recovered;
}

/**
 * Rebuilds the memtables of the write-ahead log in a directory: `auto [list, report] = kevo::recover("db/wal");`
 *
 * Nothing in the directory is changed. Fails with the codes that kevo_recover lists, with the error of the options'
 * status(), and with errc::invalid_argument if there is a NUL in the directory's name. A recovery that fails also has a
 * report, except after errc::panic: error::report(). If a progress callback throws, recovery ends, and both forms throw
 * that exception.
 *
 * Threads: any number at once, with options of their own or shared ones that none changes.
 */
inline recovery recover(const std::string &wal_dir, const recovery_options &options = {})
{
  return try_recover(wal_dir, options).value();
}

}  // namespace kevo

namespace std {

template <>
struct tuple_size<kevo::entry> : integral_constant<size_t, 2> {};

template <size_t I>
struct tuple_element<I, kevo::entry> {
  using type = string_view;
};

}  // namespace std

#endif
