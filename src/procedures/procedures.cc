#include "procedures/procedures.h"

namespace musubi::procedures {
namespace {

using evidence::RecordType;
using evidence::Visibility;

constexpr std::string_view kSubmittedFacts[] = {"event", "filings"};
constexpr std::string_view kFiledFacts[] = {"procedure", "online", "fields", "fetched"};
constexpr std::string_view kDeliveredFacts[] = {"procedure", "ms"};
constexpr std::string_view kProcedureFacts[] = {"procedure"};
constexpr std::string_view kStatusFacts[] = {"procedure", "state"};

constexpr RecordType kTypes[] = {
    {"procedures.submitted", 1, Visibility::kOfficers, "まとめての提出", "Basket submitted", kSubmittedFacts},
    {"procedures.filed", 1, Visibility::kOfficers, "届出・申請の提出", "Form filed", kFiledFacts},
    {"procedures.delivered", 1, Visibility::kOfficers, "届出・申請の到達", "Filing delivered", kDeliveredFacts},
    {"procedures.refused", 1, Visibility::kOfficers, "届出・申請の不受理", "Filing refused", kProcedureFacts},
    {"procedures.status", 1, Visibility::kOfficers, "処理状況の知らせ", "Status told", kStatusFacts},
    {"procedures.contested", 1, Visibility::kOfficers, "取り寄せた内容への異議", "Fetched value contested", kProcedureFacts},
    {"procedures.amended", 1, Visibility::kOfficers, "届出・申請の補正", "Filing amended", kFiledFacts},
    {"procedures.withdrawn", 1, Visibility::kOfficers, "届出・申請の取下げ", "Filing withdrawn", kProcedureFacts},
    {"procedures.received", 1, Visibility::kOfficers, "届出・申請の受付", "Filing received", kProcedureFacts},
};

}  // namespace

std::span<const RecordType> record_types() { return kTypes; }

}  // namespace musubi::procedures
