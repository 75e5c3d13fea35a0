#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Proves that the structural tests can fail: each must find what is planted for it.

Every case writes a small tree with one fault, or with something that only looks like one, and asks
the checker for its verdict on that tree. The figures that .ci/run sums up are proved likewise: it
must never count a failure as none.
"""

import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import docs_links  # noqa: E402  (the path has to be set first)
import headers_standalone  # noqa: E402  (the path has to be set first)
import layering  # noqa: E402
import size_limits  # noqa: E402


def run_on(checker, files, arguments):
    """Writes `files` (path -> text) to a fresh tree; returns (exit status, output)."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = pathlib.Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = checker.main(arguments(folder))
        return status, output.getvalue()


class Layering(unittest.TestCase):
    def verdict(self, files):
        return run_on(layering, files, lambda folder: [folder])

    def assert_refused(self, files, words):
        status, output = self.verdict(files)
        self.assertEqual(status, 1, output)
        self.assertIn(words, output)

    def assert_accepted(self, files):
        status, output = self.verdict(files)
        self.assertEqual(status, 0, output)

    def test_accepts_arrows_that_point_down(self):
        self.assert_accepted({
            "include/sorrel/base/a.h": "#include <vector>\n",
            "include/sorrel/resp/b.h": "#include <sorrel/base/a.h>\n",
            "src/resp/own.h": "",
            "src/resp/b.cc": '#include <sorrel/resp/b.h>\n#include "own.h"\n',
            "include/sorrel/server/s.h": "#include <sorrel/resp/b.h>\n",
            "src/main.cc": "#include <sorrel/server/s.h>\n",
        })

    def test_refuses_an_empty_tree(self):
        self.assert_refused({}, "no source file")

    def test_refuses_arrows_that_point_up(self):
        self.assert_refused({"include/sorrel/exec/a.h": "",
                             "src/keyspace/b.cc": "#include <sorrel/exec/a.h>\n"},
                            "src/keyspace/b.cc:1: layer keyspace may not include layer exec")

    def test_nobody_includes_the_server(self):
        for layer in layering.ARROWS:
            if layer != "server":
                self.assert_refused({"include/sorrel/server/a.h": "",
                                     f"src/{layer}/b.cc": "#include <sorrel/server/a.h>\n"},
                                    "may not include layer server")

    def test_refuses_private_headers_of_others(self):
        self.assert_refused({"src/types/encoding/listpack.h": "",
                             "src/commands/b.cc": '#include "types/encoding/listpack.h"\n'},
                            "is private to layer types")
        self.assert_refused({"src/types/encoding/listpack.h": "",
                             "src/commands/b.cc": '#include "../types/encoding/listpack.h"\n'},
                            "is private to layer types")
        self.assert_refused({"src/types/p.h": "", "tests/exec/b_test.cc": '#include "types/p.h"\n',
                             "src/exec/a.cc": ""}, "is private to layer types")

    def test_refuses_a_private_header_in_a_public_one(self):
        self.assert_refused({"src/types/p.h": "", "include/sorrel/types/a.h": '#include "p.h"\n'},
                            "public header may not include")

    def test_a_test_may_see_its_own_layer(self):
        self.assert_accepted({"src/types/p.h": "", "tests/types/b_test.cc": '#include "p.h"\n'})

    def test_a_fuzz_target_may_see_the_layer_it_is_named_for(self):
        self.assert_accepted({"src/types/p.h": "", "tests/fuzz/types_fuzz.cc": '#include "p.h"\n'})
        self.assert_refused({"src/types/p.h": "", "src/exec/a.cc": "",
                             "tests/fuzz/exec_fuzz.cc": '#include "src/types/p.h"\n'}, "is private to layer types")

    def test_refuses_lua_outside_script(self):
        self.assert_accepted({"src/script/a.cc": "#include <lua.hpp>\n#include <lua5.1/lua-bitop.h>\n"})
        self.assert_refused({"src/server/a.cc": "#include <lua.hpp>\n"}, "only script may include")

    def test_refuses_asio_outside_net(self):
        self.assert_accepted({"src/net/a.cc": "#include <asio.hpp>\n"})
        for name in ("asio.hpp", "asio/io_context.hpp"):
            self.assert_refused({"src/server/a.cc": f"#  include <{name}>\n"}, "only net may include")

    def test_refuses_sockets_and_files_in_the_core(self):
        self.assert_refused({"src/exec/a.cc": "#include <sys/socket.h>\n"}, "the core may not include")
        self.assert_accepted({"src/persist/a.cc": "#include <fcntl.h>\n"})

    def test_refuses_cycles(self):
        self.assert_refused({"include/sorrel/base/a.h": "#include <sorrel/base/b.h>\n",
                             "include/sorrel/base/b.h": "#include <sorrel/base/c.h>\n",
                             "include/sorrel/base/c.h": "#include <sorrel/base/a.h>\n"},
                            "files include each other")
        self.assert_accepted({"include/sorrel/base/a.h": "#include <sorrel/base/c.h>\n",
                              "include/sorrel/base/b.h": "#include <sorrel/base/c.h>\n"
                                                         "#include <sorrel/base/a.h>\n",
                              "include/sorrel/base/c.h": ""})

    def test_a_template_and_its_implementation_may_name_each_other(self):
        self.assert_accepted({"include/sorrel/base/a.h": "#include <sorrel/base/a_impl.h>\n",
                              "include/sorrel/base/a_impl.h": "#include <sorrel/base/a.h>\n"})
        self.assert_refused({"include/sorrel/base/a.h": "#include <sorrel/base/b_impl.h>\n",
                             "include/sorrel/base/b_impl.h": "#include <sorrel/base/a.h>\n"},
                            "files include each other")

    def test_a_test_does_not_hide_an_inclusion_of_another_layer(self):
        self.assert_refused({"src/types/p.h": "", "src/exec/a.cc": "",
                             "bench/exec_bench.cc": '#include "types/p.h"\n'}, "private to layer types")
        self.assert_accepted({"src/types/p.h": "", "bench/types_bench.cc": '#include "p.h"\n'})

    def test_refuses_wrong_spelling(self):
        header = {"include/sorrel/base/a.h": "", "src/base/p.h": ""}
        self.assert_refused({**header, "src/base/b.cc": '#include "sorrel/base/a.h"\n'},
                            "is included as <sorrel/base/a.h>")
        self.assert_refused({**header, "src/base/b.cc": "#include <base/p.h>\n"}, "in quotes")
        self.assert_refused({"src/base/b.cc": '#include "gone.h"\n'}, "not a file of this project")
        self.assert_refused({"src/base/b.cc": "#include <sorrel/base/no.h>\n"}, "not a file")
        self.assert_refused({"src/base/b.cc": "#include HEADER\n"}, "computed")

    def test_refuses_a_folder_that_is_no_layer(self):
        self.assert_refused({"src/utils/b.cc": ""}, "'utils' is not a layer")

    def test_ignores_comments(self):
        self.assert_accepted({"include/sorrel/exec/a.h": "",
                              "src/base/b.cc": "// #include <sorrel/exec/a.h>\n"
                                               "/*\n#include <sorrel/exec/a.h>\n*/\n"})


class HeadersStandalone(unittest.TestCase):
    def verdict(self, text):
        return run_on(headers_standalone, {"include/sorrel/base/a.h": text},
                      lambda folder: ["--root", folder])

    def test_accepts_a_whole_header(self):
        status, output = self.verdict("#pragma once\n#include <string>\ninline std::string s;\n")
        self.assertEqual(status, 0, output)

    def test_refuses_what_is_missing(self):
        for text in ("#pragma once\ninline std::string s;\n",
                     "struct Unguarded {};\n",
                     "#pragma once\ninline char narrow(int wide) { return wide; }\n"):
            status, output = self.verdict(text)
            self.assertEqual(status, 1, text)
            self.assertIn("sorrel/base/a.h does not compile alone", output)

    def test_refuses_an_empty_tree(self):
        self.assertEqual(run_on(headers_standalone, {}, lambda folder: ["--root", folder])[0], 1)


def lines(count, text="  x();\n"):
    return text * count


class SizeLimits(unittest.TestCase):
    def verdict(self, files):
        return run_on(size_limits, files, lambda folder: [folder])

    def assert_found(self, text, count, name="src/base/a.cc"):
        """`text` holds `count` functions of more than 60 lines."""
        status, output = self.verdict({name: text})
        self.assertEqual(output.count("function of"), count, output)
        self.assertEqual(status, 1 if count else 0, output)

    def test_limits_of_files(self):
        for name, limit in (("src/base/a.cc", 500), ("src/base/a.h", 500), ("bench/a_bench.cc", 500),
                            ("include/sorrel/base/a.h", 250), ("tests/base/a_test.cc", 800)):
            self.assertEqual(self.verdict({name: "\n" * limit})[0], 0, name)
            status, output = self.verdict({name: "\n" * (limit + 1)})
            self.assertEqual(status, 1, name)
            self.assertIn(f"at most {limit} here", output)

    def test_a_generated_table_is_exempt(self):
        text = "// Generated table: key positions.\n" + "\n" * 900
        self.assertEqual(self.verdict({"src/base/a.cc": text})[0], 0)
        late = "\n" * 900 + "// generated table\n"
        self.assertEqual(self.verdict({"src/base/a.cc": late})[0], 1)

    def test_the_limit_is_exact(self):
        self.assert_found("void f() {\n" + lines(58) + "}\n", 0)
        self.assert_found("void f() {\n" + lines(59) + "}\n", 1)

    def test_finds_every_kind_of_function(self):
        body = "{\n" + lines(60) + "}\n"
        for head in ("int f(int a, std::span<const int> b) noexcept ",
                     "auto f(int a) -> std::vector<int> ",
                     "template <typename T>\n  requires std::integral<T>\nT f(T a) ",
                     "Foo::Foo(int a) : a_(a), b_{a}, c_{{1, 2}} ",
                     "Foo::Foo(int a)\n    : Base<int>{a}, a_{} ",
                     "bool Foo::operator==(const Foo& other) const ",
                     "Result<int> f(Options o = {}, int b = 3) ",
                     "[[nodiscard]] static constexpr int f() ",
                     "struct Foo make(int a) ",
                     "TEST_F(Suite, Name) ",
                     "const auto kTask = [](int a) ",
                     "const auto done = call([&] ",
                     "extern \"C\" int LLVMFuzzerTestOneInput(const uint8_t* d, size_t n) ",
                     "~Foo() "):
            tail = ");\n" if "call(" in head else ";\n" if "kTask" in head else ""
            with self.subTest(head=head):
                self.assert_found("namespace a::b {\n" + head + body + tail + "}\n", 1)
                self.assert_found("int before() { return 1; }\n" + head + body + tail
                                  + "int after(int a) {\n  return a;\n}\n", 1)

    def test_finds_methods(self):
        method = "  int f() const override {\n" + lines(60) + "  }\n"
        for head in ("class Foo final : public Bar<int> {\n public:\n", "struct alignas(64) Foo {\n",
                     "template <typename T>\nclass Foo {\n", "namespace {\n", "extern \"C\" {\n",
                     "class Foo {\n  int a_{0};\n  std::array<int, 2> b_ = {1, 2};\n private:\n"):
            with self.subTest(head=head):
                self.assert_found(head + method + "};\n", 1)

    def test_does_not_take_scopes_and_tables_for_functions(self):
        self.assert_found("namespace a {\nclass B {\n" + lines(90, "  int a_ = 1;\n") + "};\n}\n", 0)
        self.assert_found("constexpr Row kRows[] = {\n" + lines(90, "  {\"a\", f(1), {2}},\n") + "};\n", 0)
        self.assert_found("const std::map<int, int> kMap{\n" + lines(90, "  {1, 2},\n") + "};\n", 0)
        self.assert_found("enum class E : std::uint8_t {\n" + lines(90, "  a,\n") + "};\n", 0)
        self.assert_found("const auto kAll = join({\n" + lines(90, "  1,\n") + "});\n", 0)

    def test_counts_neighbours_one_by_one(self):
        self.assert_found(lines(30, "void f() {\n  x();\n}\n\n"), 0)

    def test_is_not_misled_by_text(self):
        body = lines(59)
        for line in ("  // } don't {\n", "  a('}'); b('\\''); c(1'000);\n", "  a(\"}\\\"}\");\n",
                     "  a(R\"(}}\" })\");\n", "  /* }\n */\n",
                     "#if A\n  if (a) {\n#else\n  if (b) {\n#endif\n  }\n",
                     "#define M(a) { { \\\n  {\n"):
            with self.subTest(line=line):
                self.assert_found("void f() {\n" + line + body + "}\nint g() { return 1; }\n", 1)
                self.assert_found("void f() {\n" + line + "}\nvoid g() {\n" + lines(58) + "}\n", 0)


class DocsLinks(unittest.TestCase):
    def verdict(self, text):
        files = {"README.md": text, "docs/page.md": "# Head\n\n## A part: `x`\n", "src/a/b.cc": ""}
        return run_on(docs_links, files, lambda folder: [folder])

    def test_accepts_what_leads_somewhere(self):
        for text in ("[a](docs/page.md)", "[a](docs/page.md#a-part-x)", "[a](docs)", "[a](https://example.org/x)", "`src/a/b.cc:main`",
                     "`[a](gone.md)`", "```\n[a](gone.md)\n```\n", "`src/<layer>/README.md`", "# Own\n[a](#own)"):
            with self.subTest(text=text):
                status, output = self.verdict(text)
                self.assertEqual(status, 0, output)

    def test_finds_what_leads_nowhere(self):
        for text in ("[a](gone.md)", "[a](docs/page.md#gone)", "[a](../outside)", "[a](#gone)", "see `src/a/gone.cc:main`",
                     "```\nx\n```\n[a](gone.md)"):
            with self.subTest(text=text):
                status, output = self.verdict(text)
                self.assertEqual(status, 1, output)
                self.assertIn("README.md:", output)


class CiFigures(unittest.TestCase):
    def figures(self, lines_of_bash):
        script = pathlib.Path(__file__).resolve().parents[2] / ".ci" / "run"
        command = f'set -uo pipefail; source "{script}"; logs="$(mktemp -d)"\n{lines_of_bash}\n' \
                  'code=$?; rm -rf "$logs"; exit $code'
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip().split("\n")

    def counted(self, counter, log):
        _, output = self.figures(f"printf '%s' '{log}' >\"$logs/x\"; {counter} \"$logs/x\"")
        return output[-1]

    def test_counts_of_ctest(self):
        for log, figures in (
                ("100% tests passed, 0 tests failed out of 14", "14 0"),
                ("50% tests passed, 1 tests failed out of 2", "1 1"),
                ("0% tests passed, 1 test failed out of 1", "0 1"),
                ("1/9 Test #1: a ....***Skipped   0.01 sec\n90% tests passed, 2 tests failed out of 9", "6 2"),
                ("No tests were found!!!", "0 0")):
            self.assertEqual(self.counted("count_ctest", log), figures, log)

    def test_counts_of_other_steps(self):
        self.assertEqual(self.counted("count_lines", "a: 3 passed, 1 failed\nb\nall: 12 passed, 4 failed"), "12 4")
        self.assertEqual(self.counted("count_lines", "nothing was counted"), "0 0")

    def test_the_sum_names_what_failed(self):
        log = "\t7 - Queue.Works (Failed)\n 3/9 Test #3: FAILOVER ... Passed\n  FAIL  no error\n  ok    FAIL"
        _, output = self.figures(f"printf '{log}' >\"$logs/x\"; failures \"$logs/x\"")
        self.assertEqual([line.strip() for line in output], ["7 - Queue.Works (Failed)", "FAIL  no error"])

    def test_every_step_runs_and_none_passes_in_silence(self):
        status, output = self.figures(
            "step good count_lines echo 'x: 2 passed, 0 failed'\n"
            "step dead count_lines bash -c 'echo x: 3 passed, 0 failed; exit 7'\n"
            "step none count_lines true\n"
            "step bad count_lines bash -c 'echo 1 passed, 2 failed; exit 1'\n"
            "summary")
        self.assertEqual(output[-5:], ["good: 2 passed, 0 failed", "dead: 3 passed, 1 failed",
                                       "none: 0 passed, 1 failed", "bad: 1 passed, 2 failed",
                                       "6 passed, 4 failed"])
        self.assertEqual(status, 1)
        status, output = self.figures("step good count_lines echo 'x: 2 passed, 0 failed'\nsummary")
        self.assertEqual((status, output[-1]), (0, "2 passed, 0 failed"))


if __name__ == "__main__":
    unittest.main()
