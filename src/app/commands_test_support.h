// For tests of commands: the binary itself, as a person gives it its words, on SQLite and on PostgreSQL.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "app/test_program.h"
#include "support/store_fixture.h"

namespace musubi::app {

class Commands : public testing::StoreTest {
 protected:
  Ended run(std::vector<std::string> words) {
    for (const char* word : {"--data", data.c_str(), "--lang", "en"}) words.push_back(word);
    return Program(std::move(words), postgres()).end();
  }
  void expect_good(std::vector<std::string> words, const std::string& says) {
    auto ended = run(words);
    EXPECT_EQ(ended.code, 0) << words[0] << ": " << ended.out;
    EXPECT_NE(ended.out.find(says), ended.out.npos) << words[0] << ": " << ended.out;
  }
  void lose() {
    if (on_postgres())
      run_on_postgres("DROP SCHEMA musubi_aoba CASCADE");
    else
      std::filesystem::remove(data + "/aoba/musubi.db");
  }
  std::string data = folder.path() + "/data", pack = folder.path() + "/plan.json", backup = folder.path() + "/aoba.backup";
};

}  // namespace musubi::app
