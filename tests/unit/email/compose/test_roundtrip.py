#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Composes random mails and reads them back with Python's email package: the same texts must come out.

test_roundtrip.py COMPOSE_FROM_JSON [SEED [COUNT]]
"""

import email
import email.errors
import email.header
import email.message
import email.policy
import json
import random
import re
import subprocess
import sys

STRICT = email.policy.SMTP.clone(raise_on_defect=True)
WORDS = [
    "Hello", "confirm", "Grüße", "für", "naïve", "Привет", "你好世界", "こんにちは", "مرحبا", "שלום", "👩‍👩‍👧‍👦", "🎉",
    "e\u0301", "\u200b", "\u00a0", "\u202eabc", "\ufeff", "=?UTF-8?Q?x?=", "=?", "?=", "=20", "=", "==", "_", "a_b",
    "<b>", "&amp;", '"quoted"', "back\\slash", "(comment)", "semi;colon", "a,b", "a:b", "http://example.org/?a=b&c=d",
    "x" * 70, "y" * 80, "z" * 1200, "ü" * 90, "漢" * 400, ".", "..", "From", "From ", "--", "--=_", "-- ", "\t",
]
NASTY_LINES = [
    ".", "..", ".leading", "From me", "From ", "--", "--=_0123456789abcdef", "--=_0123456789abcdef--", "-- ",
    "trailing blank ", "trailing tab\t", " ", "\t", "", "=", "soft=", "a" * 75, "a" * 76, "a" * 77, "a" * 78,
    "b" * 998, "b" * 999, "c" * 5000, "é" * 38, "é" * 500, "x" * 74 + " ", "x" * 75 + " ", "x" * 73 + "é", "x" * 72 + "é",
    "NUL \0 in it", "bell \a", "delete \x7f", "form\ffeed", "vertical\vtab", "next\x85line", "line\u2028separator",
    "Content-Type: text/html", "Bcc: someone@example.org", "\ud7ff", "\ue000", "\uffff", "\U0010ffff",
]


def random_header_text(rng: random.Random) -> str:
    return " " .join(rng.choice(WORDS) for _ in range(rng.randrange(0, 12)))


def random_body(rng: random.Random) -> str:
    lines = []
    for _ in range(rng.randrange(0, 25)):
        kind = rng.randrange(4)
        if kind == 0:
            lines.append(rng.choice(NASTY_LINES))
        elif kind == 1:
            lines.append(" ".join(rng.choice(WORDS) for _ in range(rng.randrange(0, 40))))
        elif kind == 2:
            lines.append("".join(chr(rng.randrange(32, 127)) for _ in range(rng.randrange(0, 200))))
        else:
            lines.append("".join(random_character(rng) for _ in range(rng.randrange(0, 120))))
    text = ""
    for line in lines:
        text += line + rng.choice(["\n", "\n", "\n", "\r\n", "\r"])
    return text + rng.choice(["", "", "no newline at the end", "blank at the end ", "\n\n\n"])


def random_character(rng: random.Random) -> str:
    while True:
        code_point = rng.choice([rng.randrange(0x80), rng.randrange(0x800), rng.randrange(0x10000), rng.randrange(0x110000)])
        if not 0xD800 <= code_point < 0xE000:
            return chr(code_point)


def random_mail(rng: random.Random, number: int) -> dict:
    name = random_header_text(rng)
    name = "".join(c for c in name if not is_refused_in_name(c))[:60].strip()
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    mail = {
        "from": rng.choice(["shop@example.org", f"{quoted} <shop@example.org>"]) if name else "shop@example.org",
        "to": rng.choice(["user@example.com", "first.last+tag@sub.example.com", "a" * 64 + "@" + "b" * 60 + ".example.com"]),
        "subject": random_subject(rng),
        "message_id": f"{number}.{rng.getrandbits(64):x}@example.org",
        "date": rng.randrange(0, 4102444800000),
        "text": random_body(rng),
        "extra": {
            "Auto-Submitted": "auto-generated",
            "X-Event-Id": clean(random_header_text(rng)),
            "List-Unsubscribe": "<https://example.org/" + "u" * rng.randrange(0, 300) + ">",
        },
    }
    if rng.random() < 0.7:
        mail["html"] = "<p>" + random_body(rng) + "</p>" + rng.choice(["", "\n"])
    if rng.random() < 0.3:
        mail["reply_to"] = "Günther, Büro <office@example.org>"
    mail["name"] = name if "<" in mail["from"] else ""
    return mail


def random_subject(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return "".join(random_character(rng) for _ in range(rng.randrange(0, 150))).replace("\0", "")
    text = random_header_text(rng)
    if rng.random() < 0.3:
        text = text.replace(" ", rng.choice(["\r\n", "\n", "  ", "\r\nBcc: evil@example.org ", "\x07"]), 1)
    return text[:1000]


def is_refused_in_name(character: str) -> bool:
    code_point = ord(character)
    return (code_point < 0x20 or 0x7F <= code_point <= 0x9F or code_point in (0x61C, 0xFEFF, 0x200E, 0x200F)
            or 0x2028 <= code_point <= 0x202E or 0x2066 <= code_point <= 0x2069)


def clean(text: str) -> str:
    return "".join(c for c in text if not (ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or ord(c) in (0x2028, 0x2029)))[:900]


def line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def subject_shown(text: str) -> str:
    text = text.replace("\r\n", "\n")
    return "".join(" " if ord(c) < 0x20 or 0x7F <= ord(c) <= 0x9F or ord(c) in (0x2028, 0x2029) else c for c in text).strip(" ")


def decoded_header(message: email.message.Message, name: str) -> str:
    """Decodes by RFC 2047 on its own, as the package's own reading of unstructured headers changes between versions."""
    raw = [value for key, value in message.raw_items() if key.lower() == name.lower()]
    assert len(raw) == 1, f"{len(raw)} headers {name}"
    unfolded = str(raw[0]).replace("\r\n", "").replace("\n", "").lstrip(" ")
    if not re.fullmatch(r"=\?UTF-8\?[QB]\?[^? ]*\?=( =\?UTF-8\?[QB]\?[^? ]*\?=)*( <.*>)?", unfolded):
        return unfolded
    words = re.findall(r"=\?UTF-8\?[QB]\?[^? ]*\?=", unfolded)
    parts = [email.header.decode_header(word)[0] for word in words]
    return "".join(text.decode("utf-8", "strict") for text, _ in parts)  # strict: no character may be split


def check_wire(wire: bytes) -> None:
    assert wire.endswith(b"\r\n"), "the last line has no CRLF"
    assert b"\r" not in wire.replace(b"\r\n", b"") and b"\n" not in wire.replace(b"\r\n", b""), "a bare CR or LF"
    lines = wire.split(b"\r\n")
    assert max(map(len, lines)) <= 998, "a line is too long"
    headers = lines[: lines.index(b"")]
    for line in headers:
        assert line.strip(b" \t"), "a header line of blanks only"
        if b"=?UTF-8?" in line:
            assert len(line) <= 76, f"a line with encoded-words has {len(line)} octets"
        for word in re.findall(rb"=\?UTF-8\?[^ ]*", line):
            assert len(word) <= 75, "an encoded-word is too long"
    assert all(byte < 128 and byte != 0 for byte in wire), "8bit without need"


def check_part(part: email.message.EmailMessage, subtype: str, text: str, may_end_line: bool) -> None:
    assert part.get_content_type() == "text/" + subtype, part.get_content_type()
    assert part.get_content_charset() == "utf-8"
    got = line_ends(part.get_payload(decode=True).decode("utf-8", "strict"))
    want = line_ends(text)
    assert got == want or (may_end_line and got == want + "\n"), f"{subtype} body: {got!r} instead of {want!r}"


def check_mail(mail: dict, wire: bytes) -> None:
    check_wire(wire)
    message = email.message_from_bytes(wire, policy=STRICT)
    names = [key.lower() for key, _ in message.raw_items()]
    assert len(names) == len(set(names)), f"a header twice: {names}"
    allowed = {"date", "from", "reply-to", "to", "subject", "message-id", "mime-version", "content-type",
               "content-transfer-encoding", "auto-submitted", "x-event-id", "list-unsubscribe"}
    assert set(names) <= allowed, f"headers came in: {set(names) - allowed}"
    assert decoded_header(message, "Subject") == subject_shown(mail["subject"]), "the subject changed"
    assert decoded_header(message, "X-Event-Id").strip(" ") == mail["extra"]["X-Event-Id"].strip(" "), "an extra header changed"
    assert decoded_header(message, "List-Unsubscribe") == mail["extra"]["List-Unsubscribe"]
    assert message["To"].addresses[0].addr_spec == mail["to"]
    assert message["From"].addresses[0].addr_spec == "shop@example.org"
    check_name(message, mail["name"])
    if "reply_to" in mail:
        assert message["Reply-To"].addresses[0].addr_spec == "office@example.org"
        assert message["Reply-To"].addresses[0].display_name == "Günther, Büro"
    assert message["Message-ID"] == f"<{mail['message_id']}>"
    assert int(message["Date"].datetime.timestamp()) == mail["date"] // 1000
    if "html" in mail:
        assert message.get_content_type() == "multipart/alternative"
        plain, html = message.iter_parts()
        check_part(plain, "plain", mail["text"], False)
        check_part(html, "html", mail["html"], False)
    else:
        check_part(message, "plain", mail["text"], True)


def check_name(message: email.message.EmailMessage, name: str) -> None:
    if not name:
        return
    raw = next(value for key, value in message.raw_items() if key == "From")
    if "=?UTF-8?" in str(raw) and str(raw).startswith("=?"):
        got = decoded_header(message, "From")
    else:
        got = message["From"].addresses[0].display_name
    assert got == name, f"the name {name!r} became {got!r}"


class Composer:
    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def compose(self, mail: dict) -> tuple[str, bytes]:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(mail).encode() + b"\n")
        self.process.stdin.flush()
        verdict, size = self.process.stdout.readline().split()
        return verdict.decode(), self.process.stdout.read(int(size))

    def close(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        return self.process.wait(timeout=30)


def fixed_mails(rng: random.Random) -> list[dict]:
    """What the random ones would seldom have."""
    mails = []
    for size in (0, 1, 65536, 65540, 1000000):
        for text in ("x" * size, "é" * (size // 2), "word " * (size // 5), "\n" * size, "." * size, ".\n" * (size // 2),
                     " " * size, "\0" * size):
            mail = random_mail(rng, len(mails))
            mail["text"] = text
            mails.append(mail)
    return mails


def main() -> int:
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().getrandbits(32)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
    print(f"seed {seed}, {count} random mails", flush=True)
    rng = random.Random(seed)
    composer = Composer(sys.argv[1])
    mails = fixed_mails(rng)
    mails += [random_mail(rng, len(mails) + number) for number in range(count)]
    for number, mail in enumerate(mails):
        verdict, answer = composer.compose(mail)
        try:
            assert verdict == "ok", answer.decode()
            check_mail(mail, answer)
        except (AssertionError, email.errors.MessageError, ValueError) as problem:
            print(f"mail {number}: {type(problem).__name__}: {str(problem)[:2000]}\n{json.dumps(mail)[:4000]}")
            print(answer[:3000].decode("latin-1"))
            return 1
    return composer.close()


if __name__ == "__main__":
    sys.exit(main())
