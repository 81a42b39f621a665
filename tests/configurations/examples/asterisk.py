"""Logs of a telephone system: call records in four forms, and the log of its queues."""

_CDR = """\
accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec disposition\
 amaflags"""
_CUSTOM = """\
clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec disposition amaflags\
 accountcode uniqueid userfield sequence"""
COLUMNS = {
    16: _CDR.split(),
    17: [*_CDR.split(), "uniqueid"],
    18: [*_CDR.split(), "uniqueid", "userfield"],
    19: _CUSTOM.split(),
}


def _call(
    number: int, src: str, dst: str, channel: str, times: str, seconds: str, disposition: str,
    dstchannel: str = "", app: str = "Dial", data: str = "",
) -> dict[str, str]:  # fmt: skip
    """A record. `times`: start, answer (or -) and end on the day. `seconds`: total and conversation."""
    start, answer, end = (f"2024-09-18 {time}" if time != "-" else "" for time in times.split())
    duration, billsec = seconds.split()
    return {
        "accountcode": "", "src": src, "dst": dst, "dcontext": "default", "clid": f'"Caller {src}" <{src}>',
        "channel": channel, "dstchannel": dstchannel, "lastapp": app, "lastdata": data or dstchannel,
        "start": start, "answer": answer, "end": end, "duration": duration, "billsec": billsec,
        "disposition": disposition, "amaflags": "DOCUMENTATION", "userfield": "",
        # 09:00 in Athens.
        "uniqueid": f"{1_726_639_200 + 60 * number}.{number}", "sequence": str(number),
    }  # fmt: skip


_TRUNK = "PJSIP/mytrunk-0000001{}".format
_ATHENS, _PIRAEUS = "2101234567", "2109876543"
CALLS = [
    _call(0, _ATHENS, "101", _TRUNK("0"), "09:00:00 09:00:12 09:03:12", "192 180", "ANSWERED", "PJSIP/101-00000021"),
    _call(1, "101", _PIRAEUS, "PJSIP/101-00000022", "09:01:00 - 09:01:08", "8 0", "BUSY", _TRUNK("1")),
    _call(2, "101", "102", "PJSIP/101-00000023", "09:02:00 - 09:02:20", "20 0", "NO ANSWER", "PJSIP/102-00000024"),
    _call(3, "102", _PIRAEUS, "PJSIP/102-00000025", "09:03:00 - 09:03:01", "1 0", "FAILED"),
    _call(4, "102", _PIRAEUS, "PJSIP/102-00000026", "09:04:00 - 09:04:02", "2 0", "CONGESTION"),
    _call(5, _PIRAEUS, "101", _TRUNK("2"), "09:05:00 09:05:30 09:06:00", "60 30", "ANSWERED", app="VoiceMail"),
    # Seconds of conversation in an unanswered call.
    _call(6, _PIRAEUS, "101", _TRUNK("3"), "09:06:00 09:06:00 09:06:15", "15 15", "NO ANSWER", "PJSIP/101-00000027"),
    # Two extensions rang; the second one answered.
    _call(7, _ATHENS, "600", _TRUNK("4"), "09:07:00 - 09:07:05", "5 0", "NO ANSWER", "PJSIP/101-00000028"),
    _call(7, _ATHENS, "600", _TRUNK("4"), "09:07:00 09:07:05 09:08:05", "65 60", "ANSWERED", "PJSIP/102-00000029"),
    # Waited in a queue and hung up: the queue had answered, and its log knows better.
    _call(8, _PIRAEUS, "700", _TRUNK("5"), "09:08:00 09:08:00 09:08:45", "45 45", "ANSWERED", app="Queue",
          data="sales,t,,,300"),
    # A clock that was not set yet.
    _call(9, "101", "102", "PJSIP/101-00000030", "- - -", "0 0", "FAILED"),
]  # fmt: skip
_CUT = '"","101","102"\n'  # a line that was not written to its end


def _cdr(form: int) -> str:
    """cdr_csv does not quote numbers or the missing time of an unanswered call; cdr_custom quotes all but one cell."""
    bare = ("sequence",) if form == 19 else ("duration", "billsec")

    def cell(name: str, value: str) -> str:
        if name in bare or (name == "answer" and not value and form != 19):
            return value
        return '"' + value.replace('"', '""') + '"'

    return "".join(",".join(cell(name, call[name]) for name in COLUMNS[form]) + "\n" for call in CALLS) + _CUT


QUEUE_LOG = """\
1726639100|NONE|NONE|NONE|QUEUESTART|
1726639110|MANAGER|sales|PJSIP/101|ADDMEMBER|
1726639680|1726639680.8|sales|NONE|ENTERQUEUE||2109876543|1
1726639700|1726639680.8|sales|PJSIP/101|RINGNOANSWER|15000
1726639725|1726639680.8|sales|NONE|ABANDON|1|1|45
1726639800|1726639798.20|sales|NONE|ENTERQUEUE||2101234567|1
1726639818|1726639798.20|sales|PJSIP/102|CONNECT|18|1726639810.21|8
1726640015|1726639798.20|sales|PJSIP/102|COMPLETECALLER|18|197|1
1726640030|NONE|sales|PJSIP/102|PAUSE|
1726640100|1726640099.22|service|NONE|ENTERQUEUE||2105550123|1
1726640400|1726640099.22|service|NONE|EXITWITHTIMEOUT|1|1|300
1726640500|1726640500.23|sales|NONE|ENTERQUEUE||2105550124|1
1726640505|1726640500.23|sales|Local/102@from-queue/n|CONNECT|5|1726640501.24|4
1726640565|1726640500.23|sales|Local/102@from-queue/n|BLINDTRANSFER|103|default|5|60|1
1726640600|1726640590.25|sales|NONE|ENTERQUEUE||2105550125
1726640640|1726640590.25|sales|NONE|ENTERQUEUE||2105550125
1726640660|1726640655.27|sales|NONE|ENTERQUEUE||2105550126|1
1726640665|1726640655.27|sales|PJSIP/maria-k|CONNECT|5|1726640661.28|4
1726640695|1726640655.27|sales|PJSIP/maria-k|ATTENDEDTRANSFER|BRIDGE|9f2c|PJSIP/103-00000041|5|30|1
1726640650|1726640649.29|sales|NONE|ENTERQUEUE||2105550127|1
1726640690|1726640649.29|sales|NONE|EXITWITHKEY|2|1|1|40
1726640700|1726640699.26|sales|NONE|ENTERQUEUE||2105550126|1
1726640710|1726640699.26|sales|PJSIP/101|CONNECT|10
"""


def files() -> dict[str, str]:
    forms = {f"Asterisk/CDR{form}/Master-20240918.csv": _cdr(form) for form in COLUMNS}
    return forms | {"Asterisk/Queues/queue_log-20240918": QUEUE_LOG}
