#include "app/reachable.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sys/socket.h>

#include <memory>

namespace musubi::app {
namespace {

std::string text_of(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = address.sa_family == AF_INET6
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr)
                          : &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  return ::inet_ntop(address.sa_family, bytes, text, sizeof text) ? text : "";
}

bool is_link_local(const sockaddr& address) {  // needs a zone, which a URL does not have
  return address.sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
}

// "" where there is none.
std::string first_of_machine(int family) {
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return {};
  std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(all, ::freeifaddrs);
  for (auto* one = all; one; one = one->ifa_next)
    if (one->ifa_addr && one->ifa_addr->sa_family == family && (one->ifa_flags & IFF_UP) && !(one->ifa_flags & IFF_LOOPBACK) &&
        !is_link_local(*one->ifa_addr))
      return text_of(*one->ifa_addr);
  return {};
}

}  // namespace

http::Address reachable(http::Address bound) {
  in6_addr six{};
  in_addr four{};
  bool any_six = ::inet_pton(AF_INET6, bound.host.c_str(), &six) == 1 && IN6_IS_ADDR_UNSPECIFIED(&six);
  bool any_four = ::inet_pton(AF_INET, bound.host.c_str(), &four) == 1 && four.s_addr == INADDR_ANY;
  if (!any_six && !any_four) return bound;
  bound.host = first_of_machine(AF_INET);
  if (bound.host.empty() && any_six) bound.host = first_of_machine(AF_INET6);
  if (bound.host.empty()) bound.host = any_six ? "::1" : "127.0.0.1";
  return bound;
}

}  // namespace musubi::app
