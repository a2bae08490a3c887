// Beast's parser, filling our Request. Included by server.cc alone: this is where Beast is instantiated.
#pragma once

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "http/request.h"
#include "http/syntax.h"

namespace musubi::http {

// Beast checks the grammar; this takes the pieces straight into our Request.
class Parser final : public boost::beast::http::basic_parser<true> {
 public:
  Parser(Request& request, std::size_t header_limit) : request_(request) {
    this->header_limit(std::uint32_t(header_limit));
    this->body_limit(boost::none);
    this->eager(false);
  }
  bool method_known = true;
  int version = 11;
  std::size_t limit = 0;  // of the body, once the route is known

 private:
  using View = boost::beast::string_view;
  void on_request_impl(boost::beast::http::verb, View method, View target, int version, boost::system::error_code&) override {
    this->version = version;
    auto known = method_from({method.data(), method.size()});
    method_known = known.has_value();
    request_.method = known.value_or(Method::get);
    request_.target.assign(target.data(), target.size());
  }
  void on_field_impl(boost::beast::http::field, View name, View value, boost::system::error_code& ec) override {
    std::string_view n(name.data(), name.size()), v(value.data(), value.size());
    if (!is_token(n) || v.find_first_of(std::string_view("\r\n\0", 3)) != v.npos)
      ec = boost::beast::http::error::bad_field;
    else
      request_.headers.add(n, v);
  }
  std::size_t take(View part, boost::system::error_code& ec) {
    if (request_.body.size() + part.size() > limit)
      ec = boost::beast::http::error::body_limit;
    else
      request_.body.append(part.data(), part.size());
    return part.size();
  }
  void on_body_init_impl(boost::optional<std::uint64_t> const& length, boost::system::error_code&) override {
    if (length) request_.body.reserve(std::min<std::size_t>(*length, 64 << 10));  // the rest when it really comes
  }
  std::size_t on_body_impl(View part, boost::system::error_code& ec) override { return take(part, ec); }
  std::size_t on_chunk_body_impl(std::uint64_t, View part, boost::system::error_code& ec) override { return take(part, ec); }
  void on_chunk_header_impl(std::uint64_t, View, boost::system::error_code&) override {}
  void on_response_impl(int, View, int, boost::system::error_code&) override {}
  void on_header_impl(boost::system::error_code&) override {}
  void on_finish_impl(boost::system::error_code&) override {}

  Request& request_;
};

}  // namespace musubi::http
