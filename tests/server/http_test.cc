// SPDX-License-Identifier: BSD-3-Clause
//
// Requests of the admin port, good and bad, cut anywhere; and who is let in.
#include "http.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "json_text.h"
#include "metrics.h"

namespace sorrel::server {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kGood =
    "GET /metrics?x=1 HTTP/1.1\r\nHost: 127.0.0.1:9000\r\nAccept: */*\r\n\r\n";

int error_of(std::string_view request) {
  const HttpParsed parsed = parse_http_request(request);
  return parsed.consumed == 0 ? -1 : parsed.error;
}

TEST(HttpRequest, ReadsWhatIsNeeded) {
  const HttpParsed parsed = parse_http_request(kGood);
  EXPECT_EQ(parsed.error, 0);
  EXPECT_EQ(parsed.consumed, kGood.size());
  EXPECT_EQ(parsed.request.method, "GET");
  EXPECT_EQ(parsed.request.path, "/metrics");
  EXPECT_EQ(parsed.request.host, "127.0.0.1:9000");
  EXPECT_TRUE(parsed.request.keep_alive);
  EXPECT_FALSE(parsed.request.head);
}

TEST(HttpRequest, IsWaitedForWhereverItIsCut) {
  for (std::size_t size = 0; size < kGood.size(); ++size) {
    EXPECT_EQ(error_of(kGood.substr(0, size)), -1) << size;
  }
}

TEST(HttpRequest, LeavesWhatFollows) {
  const std::string two = std::string(kGood) + "HEAD / HTTP/1.0\r\n\r\n";
  EXPECT_EQ(parse_http_request(two).consumed, kGood.size());
  const HttpParsed second = parse_http_request(std::string_view(two).substr(kGood.size()));
  EXPECT_EQ(second.error, 0);
  EXPECT_TRUE(second.request.head);
  EXPECT_FALSE(second.request.keep_alive);
}

TEST(HttpRequest, KeepsTheConnectionAsItSays) {
  const auto kept = [](const std::string& version, const std::string& header) {
    return parse_http_request("GET / " + version + "\r\nHost: a\r\n" + header + "\r\n")
        .request.keep_alive;
  };
  EXPECT_TRUE(kept("HTTP/1.1", ""));
  EXPECT_FALSE(kept("HTTP/1.1", "Connection: Close\r\n"));
  EXPECT_FALSE(kept("HTTP/1.1", "Connection: x, close\r\n"));
  EXPECT_FALSE(kept("HTTP/1.0", ""));
  EXPECT_TRUE(kept("HTTP/1.0", "connection: keep-alive\r\n"));
}

TEST(HttpRequest, RefusesWhatIsMalformed) {
  for (const std::string_view request :
       {"\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET x HTTP/1.1\r\nHost: a\r\n\r\n",
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nNoColon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nSpace : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "\n",
        "*1\r\n$4\r\nPING\r\n\r\n"}) {
    EXPECT_EQ(error_of(request), 400) << request;
  }
}

TEST(HttpRequest, RefusesOtherMethodsVersionsAndSizes) {
  EXPECT_EQ(error_of("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"), 405);
  EXPECT_EQ(error_of("DELETE /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), 405);
  EXPECT_EQ(error_of("GET / HTTP/2.0\r\n\r\n"), 505);
  EXPECT_EQ(error_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 400);
  EXPECT_EQ(error_of(std::string(8192, 'a')), -1);
  EXPECT_EQ(error_of(std::string(8193, 'a')), 413);
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  const std::size_t room = kMaxHttpRequestBytes - head.size() - 4;
  EXPECT_EQ(error_of(head + std::string(room, 'x') + "\r\n\r\n"), 0);
  EXPECT_EQ(error_of(head + std::string(room + 1, 'x') + "\r\n\r\n"), 413);
}

TEST(HttpResponse, HeadsTellWhatFollows) {
  const std::string head = http_head(http_text(405, "no"), false, 784'111'777);
  EXPECT_THAT(head, StartsWith("HTTP/1.1 405 Method Not Allowed\r\n"
                               "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  EXPECT_THAT(head, HasSubstr("Content-Length: 3\r\n"));
  EXPECT_THAT(head, HasSubstr("Allow: GET, HEAD\r\n"));
  EXPECT_THAT(head, EndsWith("Connection: close\r\n\r\n"));
}

std::string pair_of(std::string_view authorization) {
  const auto pair = http_basic_credentials(authorization);
  return pair ? pair->user + "|" + pair->password : "none";
}

TEST(HttpBasic, ReadsWellFormedPairsAlone) {
  // default:secret
  EXPECT_EQ(pair_of("Basic ZGVmYXVsdDpzZWNyZXQ="), "default|secret");
  EXPECT_EQ(pair_of("basic  ZGVmYXVsdDpzZWNyZXQ="), "default|secret");
  EXPECT_EQ(pair_of("Basic ZGVmYXVsdDpmb29i"), "default|foob");
  EXPECT_EQ(pair_of("Basic ZGVmYXVsdDpmbw=="), "default|fo");
  EXPECT_EQ(pair_of("Basic YTpiOmM="), "a|b:c");
  EXPECT_EQ(pair_of("Basic Og=="), "|");
  for (const std::string_view wrong :
       {"", "Basic", "Basic ", "Basic ZGVmYXVsdDpzZWNyZXQ", "Basic ZGVmYXVsdDpzZWNyZXQ=x",
        "Bearer ZGVmYXVsdDpzZWNyZXQ=", "Basic default:secret", "Basic YWJj", "Basic ===="}) {
    EXPECT_EQ(pair_of(wrong), "none") << wrong;
  }
}

TEST(HttpHost, NamesOfStrangersAreForeign) {
  for (const std::string_view own : {"", "127.0.0.1", "127.0.0.1:9000", "[::1]:9000", "localhost",
                                     "localhost:1", "sorrel:9000"}) {
    EXPECT_FALSE(http_host_is_foreign(own)) << own;
  }
  for (const std::string_view foreign : {"evil.example", "evil.example:9000", "1.2.3.4.example"}) {
    EXPECT_TRUE(http_host_is_foreign(foreign)) << foreign;
  }
}

TEST(JsonText, EscapesAndSeparates) {
  JsonText out;
  out.begin_object();
  out.member("a", 1);
  out.member("b", "x\"\\\n\x01");
  out.name("c");
  out.begin_array();
  out.value(true);
  out.value(0.5);
  out.begin_object();
  out.end_object();
  out.end_array();
  out.end_object();
  EXPECT_EQ(out.take(), "{\"a\":1,\"b\":\"x\\\"\\\\\\u000a\\u0001\",\"c\":[true,0.5,{}]}");
}

TEST(JsonText, IsUtf8WhateverTheBytesAre) {
  EXPECT_EQ(valid_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb4"),
            "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb4");
  const std::string mark = "\xef\xbf\xbd";
  for (const std::string_view bad : {"\xff", "\xc0", "\xe2", "\x80"}) {
    EXPECT_EQ(valid_utf8(bad), mark);
  }
  EXPECT_EQ(valid_utf8("\xed\xa0\x80"), mark + mark + mark);  // a surrogate
  EXPECT_EQ(valid_utf8("\xc3(x"), mark + "(x");
}

TEST(Metrics, LabelsAreEscaped) { EXPECT_EQ(label_value("a\"b\\c\nd"), "a\\\"b\\\\c\\nd"); }

}  // namespace
}  // namespace sorrel::server
