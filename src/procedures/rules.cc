#include "procedures/rules.h"

namespace musubi::procedures {

Text state_title(std::string_view state) {
  if (state == "sent") return {"送信済み・到達待ち", "sent, not yet received"};
  if (state == "rejected") return {"届け先が受け取れませんでした", "not accepted by the recipient"};
  if (state == "received") return {"受付済み", "received"};
  if (state == "review") return {"審査中", "being examined"};
  if (state == "returned") return {"直しをお願いしています", "sent back to you"};
  if (state == "granted") return {"完了しました", "granted"};
  if (state == "refused") return {"認められませんでした", "refused"};
  if (state == "withdrawing") return {"取下げを送りました", "withdrawal sent"};
  if (state == "amending") return {"直したものを送りました", "corrected form sent"};
  if (state == "withdrawn") return {"取り下げました", "withdrawn"};
  return {std::string(state), std::string(state)};
}

bool is_closed_state(std::string_view state) { return state == "granted" || state == "refused" || state == "withdrawn"; }
bool is_office_state(std::string_view state) {
  return state == "received" || state == "review" || state == "returned" || is_closed_state(state);
}
bool is_under_way(std::string_view state) { return state == "withdrawing" || state == "amending"; }
bool can_amend(std::string_view state) { return state == "returned" || state == "rejected"; }
bool can_withdraw(std::string_view state) {
  return state == "received" || state == "review" || state == "returned" || state == "amending";
}

Error filing_not_open() {
  return Error{Code::kConflict,
               "filing.not_open",
               {"この届出は、今はそのように変えられません。状況を確かめてください。",
                "This filing cannot be changed like that now. See what state it is in."},
               {}};
}

}  // namespace musubi::procedures
