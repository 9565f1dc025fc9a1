// LevelDB, recovered into its memtable and never flushed.

#include "store.h"

#include <leveldb/db.h>
#include <leveldb/env.h>

#include <memory>
#include <string>

namespace {

// LevelDB accepts at most 1 GiB. Anything above it is flushed, as with any setting.
constexpr size_t kWriteBuffer = size_t{1} << 30;

// A log that discards its writes: LevelDB has no option to do without a log.
class NoLog : public leveldb::WritableFile {
 public:
  leveldb::Status Append(const leveldb::Slice&) override { return leveldb::Status::OK(); }
  leveldb::Status Close() override { return leveldb::Status::OK(); }
  leveldb::Status Flush() override { return leveldb::Status::OK(); }
  leveldb::Status Sync() override { return leveldb::Status::OK(); }
};

class EnvWithoutLog : public leveldb::EnvWrapper {
 public:
  EnvWithoutLog() : EnvWrapper(leveldb::Env::Default()) {}

  leveldb::Status NewWritableFile(const std::string& name, leveldb::WritableFile** file) override {
    const std::string log = ".log";
    if (name.size() < log.size() || name.compare(name.size() - log.size(), log.size(), log) != 0)
      return target()->NewWritableFile(name, file);
    *file = new NoLog;
    return leveldb::Status::OK();
  }
};

EnvWithoutLog without_log;
std::unique_ptr<leveldb::DB> db;

void check(const char* what, const leveldb::Status& status) {
  if (!status.ok()) fail(what, status.ToString().c_str());
}

leveldb::Slice to_leveldb(slice bytes) { return {bytes.data, bytes.len}; }
slice of_leveldb(const leveldb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

const char* store_version() {
  static const std::string version =
      std::to_string(leveldb::kMajorVersion) + "." + std::to_string(leveldb::kMinorVersion);
  return version.c_str();
}

void store_open(const char* directory, const options* options) {
  leveldb::Options settings;
  settings.create_if_missing = true;
  settings.write_buffer_size = kWriteBuffer;
  // Otherwise LevelDB writes what it recovers to an SSTable first.
  settings.reuse_logs = true;
  if (options->without_log) settings.env = &without_log;
  leveldb::DB* opened = nullptr;
  check("leveldb::DB::Open", leveldb::DB::Open(settings, directory, &opened));
  db.reset(opened);
}

void store_close() { db.reset(); }

void store_put(slice key, slice value) {
  check("leveldb::DB::Put", db->Put(leveldb::WriteOptions(), to_leveldb(key), to_leveldb(value)));
}

int store_get(slice key, slice* value) {
  static thread_local std::string found;
  leveldb::Status status = db->Get(leveldb::ReadOptions(), to_leveldb(key), &found);
  if (status.IsNotFound()) return 0;
  check("leveldb::DB::Get", status);
  *value = of_leveldb(found);
  return 1;
}

void store_scan(int read, tally* tally) {
  std::unique_ptr<leveldb::Iterator> iterator(db->NewIterator(leveldb::ReadOptions()));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next())
    count(tally, of_leveldb(iterator->key()), of_leveldb(iterator->value()), read);
  check("leveldb::Iterator", iterator->status());
}
