// The one place besides crypto that includes OpenSSL.
#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "http/tls_stream.h"

namespace musubi::http {
namespace {

using Bio = std::unique_ptr<BIO, decltype([](BIO* bio) { BIO_free_all(bio); })>;
using X509Pointer = std::unique_ptr<X509, decltype([](X509* x509) { X509_free(x509); })>;
using Ssl = std::unique_ptr<SSL, decltype([](SSL* ssl) { SSL_free(ssl); })>;
using Context = std::unique_ptr<SSL_CTX, decltype([](SSL_CTX* context) { SSL_CTX_free(context); })>;

constexpr std::size_t kBlock = 16 << 10;
constexpr int kChainDepth = 3;

std::string reason() {
  const char* text = ERR_reason_error_string(ERR_peek_last_error());
  std::string out = text ? text : "no reason given";
  ERR_clear_error();
  return out;
}

Error identity_error(const std::string& file) {
  std::string why = reason();
  return {Code::kInvalid,
          "tls.identity",
          {"TLS の証明書と鍵（" + file + "）が使えません（" + why + "）。鍵のフォルダを控えから戻してください。",
           "Certificate and key for TLS (" + file + ") cannot be used (" + why + "). Restore the keys folder from its backup."},
          {}};
}

Context new_context() {
  // Writes to a connection that the other end has closed must not end the process.
  static const bool ignored = (std::signal(SIGPIPE, SIG_IGN), true);
  static_cast<void>(ignored);
  Context context(SSL_CTX_new(TLS_method()));
  CHECK(context);
  CHECK(SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) == 1);
  // Every connection shows its certificate anew: no tickets, no sessions kept.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_verify_depth(context.get(), kChainDepth);
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_X509_STRICT);
  // Of callers too: an organisation's certificate names both uses, a card's of the same root that of a client alone.
  X509_VERIFY_PARAM_set_purpose(SSL_CTX_get0_param(context.get()), X509_PURPOSE_SSL_SERVER);
  return context;
}

bool add_roots(X509_STORE* store, const std::string& pem) {
  Bio bio(BIO_new_mem_buf(pem.data(), int(pem.size())));
  bool any = false;
  while (X509Pointer root{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
    if (X509_STORE_add_cert(store, root.get()) != 1) return false;
    any = true;
  }
  ERR_clear_error();
  return any;
}

}  // namespace

struct TlsContext::State {
  Context context;
};

Result<std::shared_ptr<const TlsContext>> TlsContext::create(const TlsIdentity& identity, const std::vector<std::string>& roots_pem) {
  Context context = new_context();
  Bio bio(BIO_new_mem_buf(identity.certificate_pem.data(), int(identity.certificate_pem.size())));
  X509Pointer own(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  bool good = own && SSL_CTX_use_certificate(context.get(), own.get()) == 1 &&
              SSL_CTX_use_PrivateKey_file(context.get(), identity.key_file.c_str(), SSL_FILETYPE_PEM) == 1 &&
              SSL_CTX_check_private_key(context.get()) == 1;
  if (!good) return identity_error(identity.key_file);
  for (const auto& pem : roots_pem)
    if (!add_roots(SSL_CTX_get_cert_store(context.get()), pem))
      return Error{Code::kInvalid,
                   "tls.roots",
                   {"連携先の認証局の証明書が読めません。取り込み直してください。",
                    "A member's root certificate cannot be read. Import it again."},
                   {}};
  return std::make_shared<const TlsContext>(std::make_shared<const State>(State{std::move(context)}));
}

bool wait_for(int fd, short events, Deadline deadline) {
  while (true) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd entry{fd, events, 0};
    int ready = ::poll(&entry, 1, int(std::min<std::int64_t>(left + 1, 60'000)));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

struct TlsStream::State {
  int fd = -1;
  Ssl ssl;
  std::shared_ptr<const TlsContext> context;  // of a server: chosen in the handshake
  const TlsServer::Find* find = nullptr;
  std::string host, peer_der;
  ~State() {
    ssl.reset();
    if (fd >= 0) ::close(fd);
  }
};

TlsStream::TlsStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsStream::~TlsStream() = default;
int TlsStream::fd() const { return state_->fd; }
const std::string& TlsStream::host() const { return state_->host; }
const std::string& TlsStream::peer_der() const { return state_->peer_der; }
bool TlsStream::buffered() const { return SSL_has_pending(state_->ssl.get()) == 1; }

namespace {

// Chooses certificate and roots by the name in the hello; an unknown name ends the handshake.
int choose(SSL* ssl, int* alert, void*) {
  auto* state = static_cast<TlsStream::State*>(SSL_get_app_data(ssl));
  const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  if (!name) return SSL_TLSEXT_ERR_ALERT_FATAL;
  state->host.clear();  // asked again after a retry of the hello
  for (const char* at = name; *at; ++at) state->host += lower(*at);
  auto found = (*state->find)(state->host);
  if (!found.ok()) return SSL_TLSEXT_ERR_ALERT_FATAL;
  state->context = std::move(*found);
  return SSL_set_SSL_CTX(ssl, state->context->state().context.get()) ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

SSL_CTX* doorman() {  // before the name is known: without a certificate of its own
  static const Context context = [] {
    Context made = new_context();
    SSL_CTX_set_tlsext_servername_callback(made.get(), choose);
    return made;
  }();
  return context.get();
}

}  // namespace

std::unique_ptr<TlsStream> TlsStream::server(int fd, const TlsServer::Find& find) {
  auto state = std::make_unique<State>();
  state->fd = fd;
  state->find = &find;
  state->ssl.reset(SSL_new(doorman()));
  CHECK(state->ssl && SSL_set_fd(state->ssl.get(), fd) == 1);
  SSL_set_app_data(state->ssl.get(), state.get());
  SSL_set_accept_state(state->ssl.get());
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(state)));
}

std::unique_ptr<TlsStream> TlsStream::client(int fd, std::shared_ptr<const TlsContext> context, const std::string& host) {
  auto state = std::make_unique<State>();
  state->fd = fd;
  state->context = std::move(context);
  state->host = host;
  SSL* ssl = SSL_new(state->context->state().context.get());
  state->ssl.reset(ssl);
  CHECK(ssl && SSL_set_fd(ssl, fd) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1);
  SSL_set_connect_state(ssl);
  return std::unique_ptr<TlsStream>(new TlsStream(std::move(state)));
}

// After an act that did not succeed: waits and says `again`, or says how it ended.
TlsStep TlsStream::judge(int result, Deadline deadline, bool& again) {
  again = false;
  switch (SSL_get_error(state_->ssl.get(), result)) {
    case SSL_ERROR_WANT_READ: again = wait_for(state_->fd, POLLIN, deadline); return TlsStep::kLate;
    case SSL_ERROR_WANT_WRITE: again = wait_for(state_->fd, POLLOUT, deadline); return TlsStep::kLate;
    case SSL_ERROR_ZERO_RETURN: return TlsStep::kClosed;
    case SSL_ERROR_SSL: {
      unsigned long code = ERR_peek_last_error();
      ERR_clear_error();
      if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED || SSL_get_verify_result(state_->ssl.get()) != X509_V_OK)
        return TlsStep::kUntrusted;
      // An alert of the other end arrives as reason 1000 + its number.
      return ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET ? TlsStep::kRefused : TlsStep::kBroken;
    }
    default: ERR_clear_error(); return TlsStep::kBroken;
  }
}

TlsStep TlsStream::handshake(Deadline deadline) {
  while (true) {
    ERR_clear_error();
    int result = SSL_do_handshake(state_->ssl.get());
    if (result == 1) break;
    bool again = false;
    TlsStep step = judge(result, deadline, again);
    if (!again) return step;
  }
  X509Pointer peer(SSL_get1_peer_certificate(state_->ssl.get()));
  if (!peer || SSL_get_verify_result(state_->ssl.get()) != X509_V_OK) return TlsStep::kUntrusted;
  unsigned char* der = nullptr;
  int length = i2d_X509(peer.get(), &der);
  CHECK(length > 0);
  state_->peer_der.assign(reinterpret_cast<char*>(der), std::size_t(length));
  OPENSSL_free(der);
  return TlsStep::kDone;
}

TlsStep TlsStream::read(std::string& into, Deadline deadline) {
  char block[kBlock];
  while (true) {
    ERR_clear_error();
    std::size_t count = 0;
    int result = SSL_read_ex(state_->ssl.get(), block, sizeof block, &count);
    if (result == 1) {
      into.append(block, count);
      return TlsStep::kDone;
    }
    bool again = false;
    TlsStep step = judge(result, deadline, again);
    if (!again) return step;
  }
}

TlsStep TlsStream::write(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    ERR_clear_error();
    std::size_t count = 0;
    int result = SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &count);
    if (result == 1) {
      bytes.remove_prefix(count);
      continue;
    }
    bool again = false;
    TlsStep step = judge(result, deadline, again);
    if (!again) return step;
  }
  return TlsStep::kDone;
}

void TlsStream::say_goodbye() {
  ERR_clear_error();
  SSL_shutdown(state_->ssl.get());
  ERR_clear_error();
}

void TlsStream::send_no_more() { ::shutdown(state_->fd, SHUT_WR); }

bool TlsStream::discard() {
  char block[kBlock];
  for (int i = 0; i < 64; ++i) {
    ssize_t count = ::recv(state_->fd, block, sizeof block, MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN)) return false;
    if (count < 0 && errno == EAGAIN) return true;
  }
  return true;
}

bool TlsStream::is_stale() const {
  pollfd entry{state_->fd, POLLIN, 0};
  return buffered() || ::poll(&entry, 1, 0) != 0;
}

}  // namespace musubi::http
