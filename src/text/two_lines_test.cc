#include "text/two_lines.h"

#include <gtest/gtest.h>

namespace musubi::text {
namespace {

using Lines = std::vector<std::string>;

TEST(TwoLines, PartAtASpaceOrAnywhereInJapanese) {
  EXPECT_EQ(two_lines("", 10), Lines{""});
  EXPECT_EQ(two_lines("Filed", 10), Lines{"Filed"});
  EXPECT_EQ(two_lines("0123456789", 10), Lines{"0123456789"}) << "it fits exactly";
  EXPECT_EQ(two_lines("0123456789 ", 10), Lines{"0123456789"});
  EXPECT_EQ(two_lines("Checked at the desk", 10), (Lines{"Checked at", "the desk"}));
  EXPECT_EQ(two_lines("Checked here", 10), (Lines{"Checked ", "here"}));
  EXPECT_EQ(two_lines("転入届を受け付けた", 12), (Lines{"転入届を受", "け付けた"})) << "lines of about one length";
  EXPECT_EQ(two_lines("転入届を受け付けて決めた", 10), (Lines{"転入届を受", "け付けて…"}));
  EXPECT_EQ(two_lines("a 転入届を出すab", 12), (Lines{"a 転入届を出", "すab"}));
  EXPECT_EQ(two_lines("a 届出xxx届出届出", 8), (Lines{"a ", "届出xx…"})) << "the word that goes on takes its own width";
}

TEST(TwoLines, WhatDoesNotFitEndsWithAnEllipsis) {
  EXPECT_EQ(two_lines("Checked at the desk today", 8), (Lines{"Checked ", "at the …"}));
}

}  // namespace
}  // namespace musubi::text
