#include "identity/record_types.h"

#include <array>

#include "identity/identity.h"

namespace musubi::identity {
namespace {

using evidence::Visibility;
using Facts = std::string_view;

constexpr std::array<Facts, 1> kKind = {"kind"};
constexpr std::array<Facts, 1> kRole = {"role"};
constexpr std::array<Facts, 2> kRoleAndActive = {"role", "active"};
constexpr std::array<Facts, 1> kLink = {"link"};
constexpr std::array<Facts, 1> kCount = {"count"};
constexpr std::array<Facts, 1> kPersons = {"persons"};
constexpr std::array<Facts, 1> kReason = {"reason"};
constexpr std::array<Facts, 2> kRead = {"persons", "what"};
constexpr std::array<Facts, 1> kUnit = {"unit"};
constexpr std::array<Facts, 1> kPost = {"post"};
constexpr std::array<Facts, 3> kHolding = {"post", "officer", "kind"};
constexpr std::array<Facts, 3> kDuty = {"post", "duty", "held"};
constexpr std::array<Facts, 2> kDue = {"item", "outcome"};
constexpr std::array<Facts, 1> kState = {"state"};
constexpr std::array<Facts, 2> kMapping = {"organisation", "purpose"};

constexpr evidence::RecordType type(std::string_view name, std::string_view ja, std::string_view en, std::span<const Facts> facts = {},
                                    int version = 1) {
  return {name, version, Visibility::kOfficers, ja, en, facts};
}

constexpr std::array kTypes = {
    type("identity.organisation_created", "組織を登録した", "Organisation created", kKind),
    type("identity.officer_appointed", "担当者を任命した", "Officer appointed", kRole),
    type("identity.officer_changed", "担当者の役割を変更した", "Officer changed", kRoleAndActive),
    type("identity.link_made", "サインイン用リンクを発行した", "Sign-in link made"),
    type("identity.signed_in", "サインインした", "Signed in", kLink, 2),
    type("identity.signed_out", "サインアウトした", "Signed out"),
    type("identity.resident_signed_in", "住民がサインインした", "Resident signed in"),
    type("identity.resident_signed_out", "住民がサインアウトした", "Resident signed out"),
    type("identity.access_ended", "リンクとサインインを終わらせた", "Links and sessions ended", kCount),
    type("identity.resident_entered", "住民を登録した", "Resident entered"),
    type("identity.moved_in", "転入を登録した", "Moved in", kPersons),
    type("identity.moved_out", "転出を登録した", "Moved out", kPersons),
    type("identity.resident_changed", "住民の記載を変更した", "Resident record changed", kReason),
    type("identity.resident_died", "死亡を登録した", "Death recorded"),
    type("identity.resident_read", "住民の記載を閲覧した", "Resident records read", kRead),
    type("identity.resident_erased", "住民の個人データを消去した", "Resident's data erased"),
    type("identity.unit_set", "組織の課を定めた", "Unit set", kUnit),
    type("identity.post_set", "職を定めた", "Post set", kPost),
    type("identity.post_assigned", "職に就けた", "Post assigned", kHolding),
    type("identity.post_ended", "職を解いた", "Holding of a post ended", kHolding),
    type("identity.duty_set", "職の任務を定めた", "Duty of a post set", kDuty),
    type("identity.entry_due", "手での記載を待つ決定", "Decision waits for an entry by hand", kDue),
    type("identity.entry_settled", "手での記載を終えた決定", "Entry by hand settled", kDue),
    type("identity.person_added", "人を登録した", "Person added"),
    type("identity.code_mapped", "符号を割り当てた", "Code mapped", kMapping),
    type("identity.card_unlock_shown", "カードの解除番号を表示した", "Unlock code of a card shown"),
    type("identity.card_changed", "カードの状態を変更した", "Card changed", kState),
};

}  // namespace

std::span<const evidence::RecordType> record_types() { return kTypes; }

const evidence::RecordType& record_type(std::string_view name) {
  for (const auto& each : kTypes)
    if (each.name == name) return each;
  CHECK(false);
  return kTypes[0];
}

}  // namespace musubi::identity
