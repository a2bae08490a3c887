// Drafts filled and submitted, for the tests of what comes after.
#pragma once

#include "procedures/fake_neighbours.h"

namespace musubi::procedures {

class FilingTest : public ProceduresTest {
 protected:
  // A draft with every answer, what could be fetched fetched.
  Basket ready() {
    auto basket = portal().start(person, pack(), "moving", guide_answers());
    EXPECT_TRUE(basket.ok()) << (basket.ok() ? "" : basket.error().message.en);
    auto filled = portal().prefill(*basket, pack());
    EXPECT_TRUE(filled.ok()) << (filled.ok() ? "" : filled.error().message.en);
    answer_all(*filled);
    auto saved = portal().save(*filled);
    EXPECT_TRUE(saved.ok());
    return *saved;
  }
  std::vector<Filing> submit(const Basket& basket) {
    auto list = portal().list_to_sign(basket, pack());
    EXPECT_TRUE(list.ok()) << (list.ok()
                                   ? ""
                                   : list.error().message.en + (list.error().faults.empty() ? ""
                                                                                            : list.error().faults[0].where +
                                                                                                  list.error().faults[0].message.en));
    if (!list.ok()) return {};
    auto filings = portal().submit(person, basket.id, to_hex(*list));
    EXPECT_TRUE(filings.ok()) << (filings.ok() ? "" : filings.error().message.en);
    return filings.ok() ? *filings : std::vector<Filing>{};
  }
  Result<void> withdraw(const std::string& who, const std::string& reference, const std::string& reason) {
    auto text = TRY(portal().withdrawal_to_sign(who, reference, reason));
    return portal().withdraw(who, reference, to_hex(text));
  }
  const Outgoing& message_for(std::string_view procedure) {
    for (const auto& one : posted)
      if (one.body.contains("procedure") && one.body.at("procedure") == json::value(procedure)) return one;
    ADD_FAILURE() << "no message for " << procedure;
    return posted.at(0);
  }
};

}  // namespace musubi::procedures
