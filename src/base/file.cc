#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace musubi {
namespace {

Error failed(const char* name, const std::string& path, const char* ja, const char* en) {
  std::string why = std::strerror(errno);
  return Error{Code::kIo, name, {path + ja + "（" + why + "）", path + en + " (" + why + ")"}, {}};
}

Error unwritable(const std::string& path) {
  return failed("file.unwritable", path, " に書き込めません。権限と空き容量を確認してください。",
                " cannot be written. Check its permissions and the free space.");
}

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

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(std::size_t(n));
  }
  return true;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t limit_bytes) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    return failed("file.unreadable", path, " を読めません。場所と権限を確認してください。",
                  " cannot be read. Check that it exists and may be read.");
  std::string bytes;
  char block[65536];
  while (true) {
    ssize_t n = ::read(file.get(), block, sizeof block);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("file.unreadable", path, " を読めません。", " cannot be read.");
    if (n == 0) return bytes;
    bytes.append(block, std::size_t(n));
    if (bytes.size() > limit_bytes) {
      std::string limit = std::to_string(limit_bytes);
      return Error{Code::kTooLarge,
                   "file.too_large",
                   {path + " は上限 " + limit + " バイトを超えています。", path + " is larger than the limit of " + limit + " bytes."},
                   {}};
    }
  }
}

Result<void> replace_file(const std::string& path, std::string_view bytes, unsigned mode) {
  std::string beside = path + ".new";
  {
    Descriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
    if (file.get() < 0) return unwritable(path);
    bool written = ::fchmod(file.get(), mode) == 0 && write_all(file.get(), bytes) && ::fsync(file.get()) == 0;
    if (!written) {
      Error error = unwritable(path);
      ::unlink(beside.c_str());
      return error;
    }
  }
  if (::rename(beside.c_str(), path.c_str()) != 0) return unwritable(path);
  return sync_folder(std::filesystem::path(path).parent_path());
}

Result<void> sync_folder(const std::string& path) {
  Descriptor folder(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() < 0 || ::fsync(folder.get()) != 0) return unwritable(path);
  return {};
}

Result<void> make_folder(const std::string& path) {
  std::filesystem::path at;
  for (const auto& part : std::filesystem::path(path)) {
    at /= part;
    if (at.empty() || file_exists(at)) continue;
    if (::mkdir(at.c_str(), 0700) != 0 && errno != EEXIST) return unwritable(path);
  }
  return {};
}

bool file_exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace musubi
