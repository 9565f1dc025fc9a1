// RocksDB, recovered into its memtable and never flushed.

#include "store.h"

#include <rocksdb/db.h>
#include <rocksdb/version.h>

#include <memory>
#include <string>

namespace {

// More than all entries take, so that nothing is flushed.
constexpr size_t kWriteBuffer = size_t{16} << 30;

std::unique_ptr<rocksdb::DB> db;
rocksdb::WriteOptions write_options;

void check(const char* what, const rocksdb::Status& status) {
  if (!status.ok()) fail(what, status.ToString().c_str());
}

rocksdb::Slice to_rocksdb(slice bytes) { return {bytes.data, bytes.len}; }
slice of_rocksdb(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

}  // namespace

const char* store_version() {
  static const std::string version = std::to_string(ROCKSDB_MAJOR) + "." + std::to_string(ROCKSDB_MINOR) + "." +
                                     std::to_string(ROCKSDB_PATCH);
  return version.c_str();
}

void store_open(const char* directory, const options* options) {
  rocksdb::Options settings;
  settings.create_if_missing = true;
  settings.write_buffer_size = kWriteBuffer;
  settings.db_write_buffer_size = 0;
  settings.avoid_flush_during_recovery = true;
  settings.avoid_flush_during_shutdown = true;
  settings.max_total_wal_size = kWriteBuffer;
  write_options.disableWAL = options->without_log != 0;
  rocksdb::DB* opened = nullptr;
  check("rocksdb::DB::Open", rocksdb::DB::Open(settings, directory, &opened));
  db.reset(opened);
}

void store_close() { db.reset(); }

void store_put(slice key, slice value) {
  check("rocksdb::DB::Put", db->Put(write_options, to_rocksdb(key), to_rocksdb(value)));
}

int store_get(slice key, slice* value) {
  static thread_local rocksdb::PinnableSlice found;
  found.Reset();
  rocksdb::Status status = db->Get(rocksdb::ReadOptions(), db->DefaultColumnFamily(), to_rocksdb(key), &found);
  if (status.IsNotFound()) return 0;
  check("rocksdb::DB::Get", status);
  *value = of_rocksdb(found);
  return 1;
}

void store_scan(int read, tally* tally) {
  std::unique_ptr<rocksdb::Iterator> iterator(db->NewIterator(rocksdb::ReadOptions()));
  for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next())
    count(tally, of_rocksdb(iterator->key()), of_rocksdb(iterator->value()), read);
  check("rocksdb::Iterator", iterator->status());
}
