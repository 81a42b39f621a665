"""The call log, the older call report and the call detail records of a telephone system."""

_ATHENS, _PIRAEUS = "2101234567", "2109876543"

CALL_LOG = """\
Call Time,Call ID,From,To,Direction,Status,Ringing,Talking,Cost
2024-09-18T09:00:00,00000191-1,2101234567,Service desk (801),Inbound,Redirected,00:00:12,00:00:00,0.00
2024-09-18T09:00:12,00000191-1,2101234567,"Nikou, Eleni (102)",Inbound,Answered,00:00:08,00:03:20,0.00
2024-09-18T09:10:00,00000191-2,"Nikou, Eleni (102)",2109876543,Outbound,Answered,00:00:05,01:02:03,0.42
2024-09-18T09:20:00,00000191-3,2109876543,Service desk (801),Inbound,Unanswered,00:01:15,00:00:00,0.00
2024-09-18T09:30:00,00000191-4,"Nikou, Eleni (102)",Warehouse (103),Internal,Answered,00:00:02,00:00:30,0.00
2024-09-18T09:40:00,00000191-5,2101234567,Service desk (801),Inbound,Waiting,00:00:10,,0.00
2024-09-18T09:50:00,00000191-6,2101234567,Service desk (801),Inbound,Answered,ten,00:00:30,0.00
"""

CALL_REPORT = """\
Call Time,Caller ID,Destination,Status,Ringing,Talking,Totals,Cost,Reason
18/09/2024 09:00:00,2101234567,Nikou Eleni (102),Answered,00:00:08,00:03:20,00:03:28,0.00,Terminated by caller
18/09/2024 09:10:00,Nikou Eleni (102),2109876543,Answered,00:00:05,01:02:03,01:02:08,0.42,Terminated by caller
18/09/2024 09:20:00,2109876543,Service desk (801),Unanswered,00:01:15,00:00:00,00:01:15,0.00,Terminated by caller
18/09/2024 09:30:00,Nikou Eleni (102),Warehouse (103),Answered,00:00:02,00:00:30,00:00:32,0.00,Terminated by caller
18/09/2024 09:40:00,,Service desk (801),Unanswered,00:00:10,00:00:00,00:00:10,0.00,Terminated by caller
Totals,,,,00:01:40,01:05:53,01:07:33,0.42,
"""

_FIELDS = """\
historyid callid duration time-start time-answered time-end reason-terminated from-no to-no from-dn to-dn dial-no\
 reason-changed final-number final-dn bill-code bill-rate bill-cost bill-name chain from-type to-type final-type\
 from-dispname to-dispname final-dispname missed-queue-calls"""
COLUMNS = _FIELDS.split()


def _cdr() -> str:
    inbound = {"from-no": _ATHENS, "from-dn": "10000", "from-type": "Line"}
    from_102 = {"from-no": "Ext.102", "from-dn": "102", "from-type": "Extension"}
    to_queue = {"to-no": "801", "to-dn": "801", "to-type": "Queue", "dial-no": "801"}
    at_102 = {"final-number": "Ext.102", "final-dn": "102", "final-type": "Extension"}
    times = ("time-start", "time-answered", "time-end")
    calls: list[tuple[str, str, str, dict[str, str]]] = [
        ("1", "09:00:00 09:00:20 09:03:40", "TerminatedBySrc", inbound | to_queue | at_102 | {"duration": "00:03:20"}),
        ("2", "09:20:00 - 09:21:15", "TerminatedBySrc", inbound | to_queue | {"final-type": "Queue"}),
        ("3", "09:10:00 09:10:05 10:12:08", "src_participant_terminated", from_102 | {
            "to-no": _PIRAEUS, "dial-no": _PIRAEUS, "to-type": "outbound_rule", "final-type": "external_line",
            "duration": "01:02:03"}),
        ("4", "09:30:00 - 09:30:04", "Busy", from_102 | {"to-no": "103", "dial-no": "103", "to-type": "Extension",
            "final-type": "Extension"}),
        ("5", "09:40:00 09:40:25 09:40:55", "TerminatedBySrc", inbound | {"to-no": "102", "dial-no": "102",
            "to-type": "Extension", "final-type": "VoiceMail", "duration": "00:00:30"}),
        # Passed on to a colleague: a second record of the first call.
        ("1", "09:00:00 09:00:20 09:04:40", "TerminatedBySrc", inbound | to_queue | {"duration": "00:04:20",
            "final-number": "Ext.103", "final-dn": "103", "final-type": "Extension"}),
        ("6", "- - -", "Failed", from_102 | {"dial-no": "999", "to-type": "Extension"}),
    ]  # fmt: skip
    lines: list[str] = []
    for number, moments, reason, cells in calls:
        at = (f"2024/09/18 {moment}" if moment != "-" else "" for moment in moments.split())
        record = {"historyid": f"Call 0000019{number}", "callid": f"id{len(lines)}", "reason-terminated": reason}
        record |= dict(zip(times, at, strict=True)) | cells
        lines.append(",".join(record.get(name, "") for name in COLUMNS) + "\n")
    return "".join(lines)


def files() -> dict[str, str]:
    return {
        "3CX/CallLog/call_reports-1.csv": CALL_LOG,
        "3CX/CallReport/report-2024-09-18.csv": CALL_REPORT,
        "3CX/CDR/cdr.log": _cdr(),
    }
