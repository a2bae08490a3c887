#include "identity/card_issue.h"

#include <algorithm>

#include "base/file.h"
#include "text/normalise.h"

namespace musubi::identity {

Result<IssuedCard> issue_soft_card(db::Database& database, const Linker& linker, const std::string& keys_folder,
                                   const CardOrder& order, std::string_view actor, Time now) {
  std::vector<Fault> faults = check_pins(order.pins);
  if (text::trim(order.label).empty() || text::code_points(order.label) > 60 || !text::clean_input(order.label).ok())
    faults.push_back(
        {"label", {"カードの呼び名を 1 文字以上 60 文字以内で指定してください。", "Give the card a name of 1 to 60 characters."}});
  if (!faults.empty())
    return Error{Code::kInvalid,
                 "identity.bad_card",
                 {"カードの情報を直してください。", "Correct what describes the card."},
                 std::move(faults)};
  TRY(check_free(order.path));
  auto root = TRY(crypto::Certificate::from_pem(TRY(read_file(keys_folder + "/root.crt", 8192))));
  auto root_key = TRY(crypto::load_signer(keys_folder + "/root.pem"));
  Time until{std::min(now.us + kCardYears * 365 * 86'400'000'000, root.not_after().us)};
  auto card = TRY(database.write([&](db::Transaction& tx) -> Result<Card> {
    auto person = order.person.empty() ? TRY(linker.add_person(tx, actor)) : order.person;
    return linker.order_card(tx, person, until, actor, now);
  }));
  IssuedCard out{card, linker.unlock_code(card.id)};
  auto made =
      TRY(make_card(out.card.id, order.label, order.pins, out.unlock_code, *root_key, root, std::max(now, root.not_before()), until));
  TRY(save_card(order.path, made));
  out.card = TRY(database.write([&](db::Transaction& tx) { return linker.issue_card(tx, out.card.id, made.certificates, actor); }));
  return out;
}

bool is_linker(const std::string& keys_folder) { return file_exists(keys_folder + "/linker.secret"); }

}  // namespace musubi::identity
