"""What a site may do wrong, and what becomes of it: a server on loopback misbehaves on demand."""

import socket
from dataclasses import replace

import pytest

from il2struct.archive import (
    DEFAULT_SITES,
    ArchiveSettings,
    fetch,
    locate,
    parse_entry_id,
)
from il2struct.archive.download import SourceError, _redirect_target
from il2struct.errors import CorruptError, NotFoundError, UnavailableError

ID = parse_entry_id("2ERJ")
ONE = "/one/2ERJ.cif.gz"
TWO = "/two/2ERJ.cif.gz"


def test_404_is_never_asked_again_and_ends_in_not_found(server, settings, left_behind):
    with pytest.raises(NotFoundError) as caught:
        locate(ID, settings)
    assert server.count() == len(set(server.requests)) == 6
    assert str(caught.value) == (
        "2ERJ was not found: one answered HTTP 404; two answered HTTP 404; check the ID, or give a folder that has the entry with --mirror."
    )
    assert left_behind() == []


@pytest.mark.parametrize("code", [503, 500, 429])
def test_a_busy_server_is_asked_three_times(server, settings, texts, code):
    busy = server.status(code)
    server.at(ONE, busy, busy, server.body(texts.mmcif_gz()))
    assert locate(ID, settings).origin == "download"
    assert server.requests == [ONE] * 3


def test_waits_grow(server, settings, monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    server.at(ONE, server.status(503))
    with pytest.raises(UnavailableError):
        locate(ID, replace(settings, tries=5))
    assert waits == pytest.approx([0.02, 0.04, 0.08, 0.16])


def test_retry_after_is_heeded(server, settings, texts, monkeypatch):
    waits = []
    monkeypatch.setattr("time.sleep", waits.append)
    answers = [
        server.status(429, Retry_After=text)
        for text in ("7", "999", "Wed, 21 Oct 2026")
    ]
    server.at(ONE, *answers, server.body(texts.mmcif_gz()))
    locate(ID, replace(settings, tries=4, total_timeout_s=100.0))
    # Capped at 30 s; a date is not read.
    assert waits == pytest.approx([7.0, 30.0, 0.08])


def test_a_busy_site_gives_way_to_the_next(server, settings, texts):
    server.at(ONE, server.status(503))
    server.at("/one/pdb_00002erj.cif.gz", server.status(503))
    server.at(TWO, server.body(texts.mmcif_gz()))
    assert locate(ID, settings).url == server.url + TWO
    assert server.count(ONE) == 3
    # Its host has just failed three times: the second address gets one try.
    assert server.count("/one/pdb_00002erj") == 1


def test_a_truncated_body_is_asked_again(server, settings, texts, left_behind):
    data = texts.mmcif_gz()
    server.at(ONE, server.cut_short(data), server.cut_short(data), server.body(data))
    assert locate(ID, settings).path.read_bytes() == data
    assert server.requests == [ONE] * 3
    assert left_behind() == ["2ERJ.cif.gz", "2ERJ.cif.gz.json"]


def test_a_truncated_body_of_unknown_length_is_noticed(server, settings, texts):
    data = texts.mmcif_gz()
    server.at(ONE, server.unannounced(data[:-30]), server.unannounced(data))
    assert locate(ID, settings).path.read_bytes() == data
    assert server.requests == [ONE] * 2


#: What a site sends, what comes of it, the words for it, and how often it is asked.
FAULTS = {
    "cut": (lambda s, t: s.cut_short(t.mmcif_gz()), CorruptError, "sent a truncated body", 3),
    "cut gzip": (lambda s, t: s.body(t.mmcif_gz()[:-9]), CorruptError, "sent a file that is truncated, its gzip stream", 3),
    "wrong checksum": (lambda s, t: s.body(t.mmcif_gz()[:-8] + bytes(8)), CorruptError, "sent a file that is not a whole gzip file", 3),
    "cut text": (lambda s, t: s.unannounced(t.mmcif()[:-7]), CorruptError, "is truncated, its last line", 1),
    "another entry": (lambda s, t: s.body(t.mmcif_gz("2B5I")), CorruptError, "sent a file that is not 2ERJ, the ID written inside is 2B5I", 1),
    "no ID": (lambda s, t: s.body(t.mmcif_gz("?")), CorruptError, "the ID written inside is nothing", 1),
    "error page": (lambda s, _: s.body(b"<html>Sorry</html>"), CorruptError, "is a web page", 1),
    "too large": (lambda s, t: s.body(t.mmcif() + b"#" * 200_000), CorruptError, "one sent more than the 100000 bytes allowed", 1),
    "too large unannounced": (lambda s, t: s.unannounced(t.mmcif() + b"#" * 200_000), CorruptError, "one sent more than the 100000 bytes allowed", 1),
    "forbidden": (lambda s, _: s.status(403), UnavailableError, r"one answered HTTP 403 \(mmCIF\) and answered HTTP 404 \(mmCIF and PDB", 1),
    "no content": (lambda s, _: s.status(204), UnavailableError, r"one answered HTTP 204 \(mmCIF\) and answered HTTP 404 \(mmCIF and PDB", 1),
    "redirect loop": (lambda s, _: s.status(302, Location=ONE), UnavailableError, "one redirects more than 5 times", 6),
    "redirect to ftp": (lambda s, _: s.status(302, Location="ftp://127.0.0.1/x"), UnavailableError, "one broke the connection", 1),
    "redirect to telnet": (lambda s, _: s.status(302, Location="telnet://x"), UnavailableError, "one broke the connection", 1),
}  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "error", "words", "n_asked"), FAULTS.values(), ids=FAULTS
)
def test_a_fault_is_named_and_gives_way_to_the_next_site(
    refused, server, settings, texts, left_behind, answer, error, words, n_asked
):
    server.at(ONE, answer(server, texts))
    refused(error, words, settings)
    assert server.count(ONE) == n_asked
    assert left_behind() == []
    server.at(TWO, server.body(texts.mmcif_gz()))
    assert locate(ID, settings).url == server.url + TWO


def test_an_endless_body_ends_at_the_total_time(refused, server, settings, left_behind):
    for path in (ONE, TWO):
        server.at(path, server.dripping())
    words = r"having sent only \d+ bytes in 0.2 s .*having sent only"
    refused(UnavailableError, words, replace(settings, total_timeout_s=0.2))
    # It is not asked again, and gives way to the next site.
    assert (server.count(ONE), server.count(TWO)) == (1, 1)
    assert left_behind() == []


def test_a_silent_server_times_out_and_gives_way_to_the_next(refused, server, settings):
    for path in (ONE, TWO):
        server.at(path, server.silent())
    settings = replace(settings, read_timeout_s=0.1)
    words = r"one timed out, sending nothing for 0.1 s .*two timed out"
    refused(UnavailableError, words, settings, by=fetch)
    assert (server.count(ONE), server.count(TWO)) == (3, 3)


def test_a_refused_connection(refused, server, settings, texts):
    # Bound, so that nobody else gets the port, and never listening.
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        nobody = replace(
            settings.sites[0],
            name="nobody",
            mmcif=(f"http://127.0.0.1:{port}/{{id4}}.cif.gz",),
            pdb=(),
        )
        refused(
            UnavailableError,
            r"nobody could not be reached \(.*refused",
            replace(settings, sites=(nobody,)),
        )
        server.at(TWO, server.body(texts.mmcif_gz()))
        found = locate(ID, replace(settings, sites=(nobody, *settings.sites)))
    assert found.url == server.url + TWO


def test_a_host_that_accepts_no_connection(refused, settings):
    # A full backlog: the kernel drops further connections, as a firewall does.
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            site = replace(
                settings.sites[0],
                mmcif=(f"http://127.0.0.1:{port}/{{id4}}.cif",),
                pdb=(),
            )
            settings = replace(settings, sites=(site,), connect_timeout_s=0.1, tries=1)
            refused(UnavailableError, "timed out, accepting no connection", settings)


def test_https_is_not_given_up_by_a_redirect():
    assert _redirect_target("https://a/x", "https://b/x") == "https://b/x"
    assert _redirect_target("http://a/x", "http://b/x") == "http://b/x"
    with pytest.raises(SourceError, match="redirects from HTTPS to http://b/x"):
        _redirect_target("https://a/x", "http://b/x")


def test_each_site_is_told_in_one_sentence(server, settings, texts):
    server.at(ONE, server.status(503))
    server.at("/one/pdb_00002erj.cif.gz", server.status(503))
    server.at("/one/pdb2erj.ent.gz", server.body(texts.pdb_gz("2B5I")))
    server.at(TWO, server.cut_short(texts.mmcif_gz()))
    extended = replace(settings.sites[0], name="three", mmcif=(), pdb=())
    with pytest.raises(UnavailableError) as caught:
        locate(ID, replace(settings, sites=(*settings.sites, extended)))
    assert str(caught.value) == (
        "2ERJ could not be fetched: one answered HTTP 503 (mmCIF, 3 tries) and sent a file that "
        "is not 2ERJ, the ID written inside is 2B5I (PDB format); two sent a truncated body "
        "(mmCIF, 3 tries) and answered HTTP 404 (mmCIF and PDB format); three has no address for "
        "such an ID; check the network and the ID, or give a folder that has the entry with "
        "--mirror."
    )


def test_no_sites_at_all(refused, settings):
    refused(NotFoundError, "no site is configured", replace(settings, sites=()))


# --- the real sites ------------------------------------------------------------------------


@pytest.mark.network
@pytest.mark.parametrize("site", DEFAULT_SITES, ids=lambda site: site.name)
def test_the_real_addresses(tmp_path, site):
    # 1ROP is small (one helical hairpin) and old: it has every form of ID and file.
    for field in ("mmcif", "pdb"):
        for i, template in enumerate(getattr(site, field)):
            one = replace(site, **{"mmcif": (), "pdb": (), field: (template,)})
            settings = ArchiveSettings(cache=tmp_path / f"{field}{i}", sites=(one,))
            found = locate("1ROP", settings)
            assert (found.entry_id, found.file_format) == ("1ROP", field), template
