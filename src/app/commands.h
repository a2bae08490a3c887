// What each command does. A function a command; files are named after them.
#pragma once

#include "app/cli.h"

namespace musubi::app {

int run_serve(const Invocation& invocation);
int run_demo(const Invocation& invocation);
int run_verify(const Invocation& invocation);
int run_receipt_verify(const Invocation& invocation);
int run_receipt_get(const Invocation& invocation);
int run_filing_verify(const Invocation& invocation);
int run_pack_check(const Invocation& invocation);
int run_pack_from_text(const Invocation& invocation);
int run_pack_import(const Invocation& invocation);
int run_pack_sign_off(const Invocation& invocation);
int run_org_create(const Invocation& invocation);
int run_org_list(const Invocation& invocation);
int run_org_link(const Invocation& invocation);
int run_org_officers(const Invocation& invocation);
int run_org_unit(const Invocation& invocation);
int run_org_post(const Invocation& invocation);
int run_org_duty(const Invocation& invocation);
int run_org_assign(const Invocation& invocation);
int run_residents_import(const Invocation& invocation);
int run_card_issue(const Invocation& invocation);
int run_card_serve(const Invocation& invocation);
int run_card_show(const Invocation& invocation);
int run_card_unlock(const Invocation& invocation);
int run_card_trust(const Invocation& invocation);
int run_member_export(const Invocation& invocation);
int run_member_import(const Invocation& invocation);
int run_member_list(const Invocation& invocation);
int run_member_remove(const Invocation& invocation);
int run_permit_import(const Invocation& invocation);
int run_permit_list(const Invocation& invocation);
int run_outbox_seal(const Invocation& invocation);
int run_permit_withdraw(const Invocation& invocation);
int run_key_list(const Invocation& invocation);
int run_key_rotate(const Invocation& invocation);
int run_key_retire(const Invocation& invocation);
int run_erase(const Invocation& invocation);
int run_backup(const Invocation& invocation);
int run_restore(const Invocation& invocation);
int run_explain(const Invocation& invocation);
int run_doctor(const Invocation& invocation);
int run_version(const Invocation& invocation);
int run_completion(const Invocation& invocation);

}  // namespace musubi::app
