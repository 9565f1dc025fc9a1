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
 *     iterator or scan_range on that list lives, whatever is written to the list meanwhile.
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
  corrupt = KEVO_E_CORRUPT, /**< The log is damaged in a way that the recovery mode does not pass over. */
  too_many_memtables = KEVO_E_TOO_MANY_MEMTABLES, /**< The log needs more memtables than are allowed. */
  buffer_too_small = KEVO_E_BUFFER_TOO_SMALL, /**< No member fails with it; see kevo::packed. */
  cancelled = KEVO_E_CANCELLED, /**< The progress callback asked to stop. */
  immutable = KEVO_E_IMMUTABLE, /**< The memtable takes no more writes. */
  no_memory = KEVO_E_NO_MEMORY, /**< There is not enough memory. */
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

  /** A recovery or an export that failed. The error takes over both handles, either of which may be NULL. */
  error(int code, basic_handle<kevo_error> failure, recovery_report report);

  /** What went wrong. */
  errc code() const noexcept { return code_; }

  /** The file or directory that the error is about, byte for byte, ended by a NUL; only recovery and export set it. */
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
  /** A few words that say what is wrong where the stretch starts. They are static and ended by a NUL. */
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
  basic_handle<kevo_error> failure;
  recovery_report report;
};

inline error::error(int code, basic_handle<kevo_error> failure, recovery_report report)
    : std::runtime_error(failure ? kevo_error_message(failure.native_handle()) : kevo_strerror(code)),
      code_(static_cast<errc>(failure ? kevo_error_code(failure.native_handle()) : code)),
      details_(std::make_shared<details>(details{std::move(failure), std::move(report)}))
{
}

inline std::optional<std::string_view> error::path() const noexcept
{
  const char *path = details_ ? kevo_error_path(details_->failure.native_handle()) : nullptr;
  if (path == nullptr)
    return std::nullopt;
  return path;
}

inline std::optional<std::uint64_t> error::offset() const noexcept
{
  const std::uint64_t none = UINT64_MAX;
  const std::uint64_t offset =
      details_ && details_->failure ? kevo_error_offset(details_->failure.native_handle()) : none;
  if (offset == none)
    return std::nullopt;
  return offset;
}

inline int error::os_code() const noexcept
{
  return details_ ? kevo_error_os_code(details_->failure.native_handle()) : 0;
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

  /** The key, which may be empty. Its bytes live as long as the list, even if this entry does not. */
  std::string_view key() const noexcept { return detail::view(entry_.key); }

  /** The value, which may be empty; a delete has an empty one. Its bytes live as long as the list. */
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
 * A walk through a list or a memtable, as it was when the iterator was made. make_iterator() makes one. An iterator is
 * before the first entry, on an entry, or after the last one; a new one is before the first.
 *
 * It keeps the list alive. To go through a whole scan, the range that scan() gives is shorter and faster.
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

  /** The entry that the iterator is on, if it is on one. Its bytes stay valid when the iterator moves. */
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
   * 0 is the end. Fails with errc::invalid_argument if the array is NULL or `capacity` is 0.
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
      return error(code, "iterator::next_batch");
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
      return error(code, "iterator::next_packed");
    return laid;
  }

 private:
  static result<bool> moved(int code, const char *where)
  {
    if (code < 0)
      return error(code, where);
    return code == KEVO_OK;
  }
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
  /** The iterator is before the first entry, or after the last if `reverse` is set. */
  walk(iterator walker, bool reverse) noexcept : walker_(std::move(walker)), reverse_(reverse) {}

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
    ahead_ = std::min(2 * ahead_, capacity);
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
 * Only an error in the library itself can end it early. A range from scan() then throws; one from try_scan() is at its
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

  explicit scan_range(std::unique_ptr<detail::walk> walk) noexcept : walk_(std::move(walk)) {}

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
    result<iterator> walker = try_make_iterator(options);
    if (!walker.has_value())
      return walker.error();
    if (options.reverse_) {
      for (const result<bool> &moved : {walker->try_last(), walker->try_next()})
        if (!moved.has_value())
          return moved.error();
    }
    return scan_range(std::make_unique<detail::walk>(*std::move(walker), options.reverse_));
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
