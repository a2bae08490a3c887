#include "crypto/key_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/encoding.h"
#include "crypto/hash.h"

namespace musubi::crypto {
namespace {

constexpr std::size_t kMaxKeyFileBytes = 16384;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error unreadable(const std::string& path) {
  std::string why = std::strerror(errno);
  return Error{Code::kIo,
               "crypto.key_unreadable",
               {"鍵ファイル " + path + " を読めません（" + why + "）。場所と権限を確認してください。",
                "The key file " + path + " cannot be read (" + why + "). Check its place and permissions."},
               {}};
}

Error exists(const std::string& path) {
  return Error{Code::kConflict,
               "crypto.key_exists",
               {"鍵ファイル " + path + " はすでにあります。上書きしません。別の名前を使うか、既存の鍵を使ってください。",
                "The key file " + path + " exists already and is not overwritten. Choose another name, or use the key there."},
               {}};
}

Error unwritable(const std::string& path) {
  std::string why = std::strerror(errno);
  return Error{Code::kIo,
               "crypto.key_unwritable",
               {"鍵ファイル " + path + " に書き込めません（" + why + "）。権限と空き容量を確認してください。",
                "The key file " + path + " cannot be written (" + why + "). Check its permissions and the free space."},
               {}};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(std::size_t(n));
  }
  return true;
}

// Fails with EEXIST where `to` stands. File systems without RENAME_NOREPLACE (NFS) get link and unlink: a crash between
// the two leaves a second name of the same file.
bool rename_without_replacing(const std::string& from, const std::string& to) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno != EINVAL && errno != ENOSYS) return false;
  return ::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0;
}

bool sync_folder_of(const std::string& path) {
  auto parent = std::filesystem::path(path).parent_path();
  Descriptor folder(::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return folder.get() >= 0 && ::fsync(folder.get()) == 0;
}

}  // namespace

Result<std::string> read_key_file(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.get() < 0 && errno == ENOENT)
    return Error{Code::kNotFound,
                 "crypto.key_missing",
                 {"鍵ファイル " + path + " がありません。控えから戻してください。失った場合は新しい鍵への切り替え手続きが必要です。",
                  "The key file " + path + " does not exist. Restore it from its backup; if it is lost, a change of keys is needed."},
                 {}};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0) return unreadable(path);
  if (!S_ISREG(status.st_mode) || status.st_size > off_t(kMaxKeyFileBytes)) {
    errno = S_ISREG(status.st_mode) ? EFBIG : EINVAL;
    return unreadable(path);
  }
  // Judged on the open file, so that nothing can be exchanged between the look and the reading.
  if (status.st_mode & (S_IRWXG | S_IRWXO))
    return Error{Code::kForbidden,
                 "crypto.key_exposed",
                 {"鍵ファイル " + path +
                      " は所有者以外にも許可されています。写しを取られたおそれがあれば鍵を替えてください。問題がなければ chmod 600 "
                      "を実行してください。",
                  "The key file " + path +
                      " is open to others than its owner. If somebody may have copied it, change the "
                      "key; otherwise run chmod 600 on it."},
                 {}};
  std::string bytes(kMaxKeyFileBytes, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    ssize_t n = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return unreadable(path);
    if (n == 0) break;
    size += std::size_t(n);
  }
  bytes.resize(size);
  return bytes;
}

Result<void> create_key_file(const std::string& path, std::string_view pem) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) return exists(path);
  std::string beside = path + "." + to_hex(random_bytes(8)) + ".new";
  {
    Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (file.get() < 0) return unwritable(path);
    bool written = ::fchmod(file.get(), 0600) == 0 && write_all(file.get(), pem) && ::fsync(file.get()) == 0;
    if (!written) {
      Error error = unwritable(path);
      ::unlink(beside.c_str());
      return error;
    }
  }
  // A crash before the rename leaves `beside`, of no further use; one after it leaves the whole key.
  if (!rename_without_replacing(beside, path)) {
    Error error = errno == EEXIST ? exists(path) : unwritable(path);
    ::unlink(beside.c_str());
    return error;
  }
  if (!sync_folder_of(path)) return unwritable(path);
  return {};
}

}  // namespace musubi::crypto
