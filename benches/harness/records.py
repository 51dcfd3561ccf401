"""Logs of a bot, as it writes them: notifications, and lines about other things between them."""
import json
import random

STATES = ["incoming", "establishing", "established", "participants", "terminating", "terminated"]


def write(file, size, share):
    """Writes a log of at least so many bytes, of which this share of lines are notifications."""
    chance, written = random.Random(1), 0
    notifications = all_notifications()
    with open(file, "w") as out:
        number = 0
        while written < size:
            number += 1
            line = next(notifications) if chance.random() < share else other(number)
            written += out.write(line + "\n")


def all_notifications():
    """Calls one after another, one in a thousand without an end."""
    call = 0
    while True:
        call += 1
        for number, state in enumerate(STATES[:3] if call % 1000 == 0 else STATES):
            yield notification(call, number, state)


def notification(call, number, state):
    call_id = f"57dab8b1-894c-409a-b240-{call:012x}"
    url = f"/communications/calls/{call_id}" + ("/participants" if state == "participants" else "")
    data = {"@odata.type": "#microsoft.graph.call", "@odata.id": url, "state": state, "direction": "incoming",
            "@odata.etag": f'W/"{5000 + number}"', "tenantId": call_id,
            "source": {"identity": {"user": {"displayName": "Zoë Müller", "id": call_id}}, "region": "westus"},
            "chatInfo": {"threadId": "19:meeting_x@thread.v2", "messageId": "0"}}
    body = {"@odata.type": "#microsoft.graph.commsNotifications", "value": [{
        "@odata.type": "#microsoft.graph.commsNotification",
        "changeType": "deleted" if state == "terminated" else "updated",
        "resource": url.replace("communications", "app"), "resourceUrl": url, "resourceData": data}]}
    return json.dumps({"time": time(call * 10 + number), "level": "info", "logger": "bot.calling",
                       "msg": "notification", "request": {"method": "POST", "path": "/api/calls", "body": body}},
                      ensure_ascii=False, separators=(",", ":"))


def other(number):
    return json.dumps({"time": time(number), "level": "debug", "logger": "bot.media.audio", "msg": "frame sent",
                       "context": {"thread": number % 16, "socket": f"10.0.{number % 250}.7:8445", "queue": number % 9,
                                   "codec": "SILK", "packets": number * 50, "lost": 0, "jitter_ms": 1.25},
                       "tags": ["media", "audio", "outbound"]}, separators=(",", ":"))


def time(seconds):
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    return f"2026-{days // 28 % 12 + 1:02}-{days % 28 + 1:02}T{hour:02}:{minute:02}:{second:02}Z"
