"""docs/rejections.md lists the codes that the SQL can give, with their systems."""

import re

from tests.support.rejections import UNKNOWN, listed

KNOWN = re.compile(r"like any \(array\[(.*?)\]\)\s+then '(\w+)'")
UNUSABLE = "unusable_file"


def given(sql):
    """Return the codes of which a compiled model has a sentence, or the code itself."""
    said = KNOWN.sub("", sql).replace("%s", "%")
    codes = {
        code
        for sentences, code in KNOWN.findall(sql)
        if any(sentence in said for sentence in re.findall("'[^']+'", sentences))
    }
    return codes | {UNUSABLE} if f"'{UNUSABLE}'" in said else codes


def test_the_docs_list_the_codes_that_each_system_gives_and_no_other(raw, dbt):
    found = {UNKNOWN: set()}
    for result in dbt("compile", "-s", "stg_*rejected"):
        node = result.node
        if node.resource_type == "model" and node.name.endswith("rejected"):
            assert KNOWN.search(node.compiled_code), node.name
            for code in given(node.compiled_code):
                found.setdefault(code, set()).add(node.name.split("_")[1])

    assert listed() == found
