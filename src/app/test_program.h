// The binary as a process of its own, for tests of commands.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <vector>

namespace musubi::app {

struct Ended {
  int code = -1;
  std::string out;  // standard output and error
};

class Program {
 public:
  Program(std::vector<std::string> words, const std::string& postgres) {
    int ends[2];
    EXPECT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    words.insert(words.begin(), MUSUBI_BINARY);
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(ends[1], 1);
      ::dup2(ends[1], 2);
      ::setenv("MUSUBI_POSTGRES", postgres.c_str(), 1);
      if (postgres.empty()) ::unsetenv("MUSUBI_POSTGRES");
      ::unsetenv("MUSUBI_DATA");
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~Program() {
    if (pid_ > 0) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    ::close(from_);
  }

  // Reads until `words` was printed; what came until then. Ends with the program.
  std::string until(const std::string& words) {
    while (out_.find(words) == out_.npos && read_some()) {}
    return out_;
  }
  Ended end() {
    while (read_some()) {}
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out_};
  }
  Ended stop() {
    ::kill(pid_, SIGTERM);
    return end();
  }

 private:
  bool read_some() {
    char block[4096];
    ssize_t n = ::read(from_, block, sizeof block);
    if (n > 0) out_.append(block, std::size_t(n));
    return n > 0;
  }
  pid_t pid_ = -1;
  int from_ = -1;
  std::string out_;
};

}  // namespace musubi::app
