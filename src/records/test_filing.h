// A filing and a route for tests: moving in, three steps, three posts.
#pragma once

#include "records/filing.h"

namespace musubi::records {

inline Filing test_filing(std::string reference, std::string name = "架空 花子") {
  Filing filing;
  filing.procedure = "moving-in";
  filing.title = {"転入届", "Move-in notice"};
  filing.pack_version = "demo.moving/1";
  filing.person = "person" + reference;
  filing.further = {"child" + reference};
  filing.name = std::move(name);
  filing.kana = "カクウ ハナコ";
  filing.form = {{"new_address", {"新しい住所", "New address"}, "青葉町みどり1-2-3", "typed", std::nullopt},
                 {"birth_date", {"生年月日", "Date of birth"}, "1990-04-01", "minato", Time{1'700'000'000'000'000}},
                 {"move_date", {"引っ越した日", "Date of the move"}, "2026-11-14", "typed", std::nullopt}};
  filing.data = {{"new_address", "青葉町みどり1-2-3"}};
  filing.jws = "header.payload.signature";
  filing.portal = "portal";
  filing.reference = std::move(reference);
  filing.filed_at = parse_rfc3339("2026-11-16T09:00:00+09:00").value();
  filing.route = {{"check", {"形式の確認", "Format check"}, "desk"},
                  {"chief", {"係長の承認", "Approval by the chief"}, "chief"},
                  {"director", {"課長の決裁", "Decision by the director"}, "director"}};
  filing.decision = {"moving-in-accepted",
                     {"転入届の受理通知", "Notice of acceptance of your move-in"},
                     {{"{applicant} 様", "To {applicant}"},
                      {"{move_date} から {new_address} にお住まいになる届出を受理しました。",
                       "Your notice of living at {new_address} from {move_date} has been accepted."}},
                     {},
                     {},
                     std::nullopt};
  filing.standard_days = 2;
  return filing;
}

}  // namespace musubi::records
