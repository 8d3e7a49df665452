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
from il2struct.errors import (
    CorruptError,
    NotFoundError,
    UnavailableError,
)

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
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
    server.at(ONE, server.status(503))
    with pytest.raises(UnavailableError):
        locate(ID, replace(settings, tries=5))
    assert waits == pytest.approx([0.02, 0.04, 0.08, 0.16])


def test_retry_after_is_heeded(server, settings, texts, monkeypatch):
    waits = []
    monkeypatch.setattr("tenacity.nap.time.sleep", waits.append)
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


@pytest.mark.parametrize("code", [403, 204])
def test_other_answers_are_not_asked_again(server, settings, code):
    server.at(ONE, server.status(code))
    with pytest.raises(
        UnavailableError,
        match=rf"one answered HTTP {code} \(mmCIF\) and answered HTTP 404 \(mmCIF and PDB",
    ):
        locate(ID, settings)
    assert server.count(ONE) == 1


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


@pytest.mark.parametrize("spoil", ["cut", "cut_gzip", "crc", "plain_cut"])
def test_bodies_that_stay_broken_end_in_corrupt(
    server, settings, texts, spoil, left_behind, is_one_sentence
):
    data = texts.mmcif_gz()
    answer, reason, n_tries = {
        "cut": (server.cut_short(data), "sent a truncated body", 3),
        "cut_gzip": (
            server.body(data[:-9]),
            "sent a file that is truncated, its gzip stream",
            3,
        ),
        "crc": (
            server.body(data[:-8] + bytes(8)),
            "sent a file that is not a whole gzip file",
            3,
        ),
        "plain_cut": (
            server.unannounced(texts.mmcif()[:-7]),
            "is truncated, its last line",
            1,
        ),
    }[spoil]
    server.at(ONE, answer)
    with pytest.raises(CorruptError, match=reason) as caught:
        locate(ID, settings)
    assert is_one_sentence(caught.value)
    assert server.count(ONE) == n_tries
    assert left_behind() == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("2B5I", "sent a file that is not 2ERJ, the ID written inside is 2B5I"),
        ("?", "sent a file that is not 2ERJ, the ID written inside is nothing"),
    ],
)
def test_another_entry_is_refused_at_once(server, settings, texts, name, reason):
    server.at(ONE, server.body(texts.mmcif_gz(name)))
    with pytest.raises(CorruptError, match=reason):
        locate(ID, settings)
    assert server.count(ONE) == 1
    server.at(TWO, server.body(texts.mmcif_gz()))
    assert locate(ID, settings).url == server.url + TWO


def test_an_error_page_with_status_200_is_refused(server, settings):
    server.at(ONE, server.body(b"<html>Sorry</html>"))
    with pytest.raises(CorruptError, match="neither in mmCIF nor in PDB format"):
        locate(ID, settings)
    assert server.count(ONE) == 1


@pytest.mark.slow
def test_an_endless_slow_body_ends_at_the_total_time(server, settings, texts):
    # The healthy site is asked under the same limit: enough for it on any machine.
    settings = replace(settings, total_timeout_s=10.0)
    server.at(ONE, server.dripping())
    server.at(TWO, server.body(texts.mmcif_gz()))
    assert locate(ID, settings).url == server.url + TWO
    # The endless body is not asked again.
    assert server.count(ONE) == 1


def test_an_endless_body_everywhere_names_the_time(
    server, settings, left_behind, is_one_sentence
):
    settings = replace(settings, total_timeout_s=0.2, sites=settings.sites[:1])
    server.at(ONE, server.dripping())
    with pytest.raises(
        UnavailableError, match=r"having sent only \d+ bytes in 0.2 s"
    ) as caught:
        locate(ID, settings)
    assert is_one_sentence(caught.value)
    assert left_behind() == []


def test_a_silent_server_times_out(server, settings):
    settings = replace(settings, read_timeout_s=0.1, sites=settings.sites[:1])
    server.at(ONE, server.silent())
    with pytest.raises(
        UnavailableError, match=r"one timed out, sending nothing for 0.1 s"
    ):
        fetch(ID, settings)
    assert server.count(ONE) == 3


@pytest.mark.slow
def test_a_silent_server_gives_way_to_the_next(server, settings, texts):
    # The healthy site is asked under the same limit: enough for it on any machine.
    settings = replace(settings, read_timeout_s=5.0)
    server.at(ONE, server.silent())
    server.at(TWO, server.body(texts.mmcif_gz()))
    assert locate(ID, settings).url == server.url + TWO


def test_a_refused_connection(server, settings, texts):
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
        with pytest.raises(
            UnavailableError, match=r"nobody could not be reached \(.*refused"
        ):
            locate(ID, replace(settings, sites=(nobody,)))
        server.at(TWO, server.body(texts.mmcif_gz()))
        found = locate(ID, replace(settings, sites=(nobody, *settings.sites)))
    assert found.url == server.url + TWO


def test_a_host_that_accepts_no_connection(settings):
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
            with pytest.raises(
                UnavailableError, match="timed out, accepting no connection"
            ):
                locate(ID, settings)


def test_a_redirect_loop(server, settings):
    server.at(ONE, server.status(302, Location=ONE))
    with pytest.raises(UnavailableError, match="one redirects more than 5 times"):
        locate(ID, replace(settings, sites=settings.sites[:1]))
    assert server.count(ONE) == 6


@pytest.mark.parametrize("target", ["ftp://127.0.0.1/x", "telnet://x"])
def test_redirects_that_lead_nowhere(server, settings, target):
    server.at(ONE, server.status(302, Location=target))
    with pytest.raises(UnavailableError, match="one broke the connection"):
        locate(ID, settings)
    assert server.count(ONE) == 1


def test_https_is_not_given_up_by_a_redirect():
    from il2struct.archive.download import SourceError, _redirect_target

    assert _redirect_target("https://a/x", "https://b/x") == "https://b/x"
    assert _redirect_target("http://a/x", "http://b/x") == "http://b/x"
    with pytest.raises(SourceError, match="redirects from HTTPS to http://b/x"):
        _redirect_target("https://a/x", "http://b/x")


@pytest.mark.parametrize("announced", [True, False])
def test_bodies_that_are_too_large(server, settings, texts, announced, left_behind):
    data = texts.mmcif() + b"#" * 200_000
    server.at(ONE, server.body(data) if announced else server.unannounced(data))
    with pytest.raises(
        CorruptError, match="one sent more than the 100000 bytes allowed"
    ):
        locate(ID, settings)
    assert server.count(ONE) == 1
    assert left_behind() == []


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


def test_no_sites_at_all(settings):
    with pytest.raises(NotFoundError, match="no site is configured"):
        locate(ID, replace(settings, sites=()))


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
