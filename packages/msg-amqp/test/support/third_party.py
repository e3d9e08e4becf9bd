"""A client of another make: writes messages to a queue, or reads them and prints what it sees, a JSON object a line.

    third_party.py write pika|amqp PORT QUEUE          prints the titles of what it wrote
    third_party.py read pika|amqp PORT QUEUE COUNT
"""
import datetime
import decimal
import hashlib
import json
import sys

FRAME_MAX = 131072
BODY_ROOM = FRAME_MAX - 8
MOMENT = datetime.datetime(2026, 11, 30, 12, 0, 0, tzinfo=datetime.timezone.utc)


def shown(value):
    """A value with its type, so that 5 and 5.0 and '5' are told apart."""
    if isinstance(value, dict):
        return {"dict": [[shown(k), shown(v)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return {"list": [shown(v) for v in value]}
    return {type(value).__name__: repr(value)}


def summary(body, properties):
    body = body.encode() if isinstance(body, str) else bytes(body)
    said = {name: shown(value) for name, value in properties.items() if value is not None}
    return {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "properties": said}


PIKA = [
    ("no property at all", b"x", {}),
    ("an empty header table", b"x", {"headers": {}}),
    ("property content_type", b"x", {"content_type": "text/plain"}),
    ("property content_encoding", b"x", {"content_encoding": "gzip"}),
    ("property delivery_mode 1", b"x", {"delivery_mode": 1}),
    ("property delivery_mode 2", b"x", {"delivery_mode": 2}),
    ("property priority", b"x", {"priority": 255}),
    ("property correlation_id", b"x", {"correlation_id": "c" * 255}),
    ("property reply_to", b"x", {"reply_to": "é"}),
    ("property expiration", b"x", {"expiration": "86400000"}),
    ("property message_id", b"x", {"message_id": ""}),
    ("property timestamp", b"x", {"timestamp": 1796009000}),
    ("property type", b"x", {"type": "order.created"}),
    ("property user_id", b"x", {"user_id": "guest"}),
    ("property app_id", b"x", {"app_id": "app"}),
    ("property cluster_id", b"x", {"cluster_id": "cluster"}),
    ("headers named like properties", b"x", {"headers": {"content-type": "theirs", "message-id": "theirs"}}),
    ("headers in an order of their own", b"x", {"headers": {"z": "1", "10": "2", "9": "3", "a": "4", "__proto__": "5"}}),
    ("a header named x07-ext", b"x", {"headers": {"x07-ext": '{"key":null}'}}),
    ("header values of Python", b"x", {"headers": {
        "text": "é\U0001f600", "bytes": b"\x00\xff", "true": True, "small": 5, "large": 2**40, "negative": -(2**63),
        "none": None, "decimal": decimal.Decimal("3.14"), "moment": MOMENT,
        "list": [1, "x", [None, b"\xff"]], "dict": {"b": {"a": 2**33}, "a": []}}}),
] + [(f"a body of {size} bytes", bytes(n % 251 for n in range(size)), {})
     for size in (0, 1, BODY_ROOM - 1, BODY_ROOM, BODY_ROOM + 1, 2 * BODY_ROOM, 2 * BODY_ROOM + 1)]

AMQP = [
    ("a 64 bit header as py-amqp writes it", b"x", {"headers": {"sent_ms": 1796009000000}}),
    ("header values of py-amqp", b"x", {"headers": {
        "text": "é", "true": False, "small": -5, "unsigned": 2**32 - 1, "large": -(2**60), "float": 1e300, "none": None,
        "decimal": decimal.Decimal("0.5"), "list": [1, 2**40], "dict": {"x": {"y": 2**41}}}}),
]


def pika_channel(port):
    import pika
    parameters = pika.ConnectionParameters("127.0.0.1", port, frame_max=FRAME_MAX)
    connection = pika.BlockingConnection(parameters)
    return connection, connection.channel()


def amqp_channel(port):
    import amqp
    connection = amqp.Connection(f"127.0.0.1:{port}", frame_max=FRAME_MAX)
    connection.connect()
    return connection, connection.channel()


def write(library, port, queue):
    if library == "pika":
        import pika
        connection, channel = pika_channel(port)
        channel.confirm_delivery()
        for _, body, properties in PIKA:
            channel.basic_publish("", queue, body, pika.BasicProperties(**properties), mandatory=True)
        titles = PIKA
    else:
        import amqp
        connection, channel = amqp_channel(port)
        for _, body, properties in AMQP:
            given = {("application_headers" if k == "headers" else k): v for k, v in properties.items()}
            channel.basic_publish(amqp.Message(body, **given), routing_key=queue)
        titles = AMQP
    connection.close()
    print(json.dumps([title for title, _, _ in titles]))


def read(library, port, queue, count):
    connection, channel = (pika_channel if library == "pika" else amqp_channel)(port)
    for _ in range(count):
        if library == "pika":
            _, properties, body = channel.basic_get(queue, auto_ack=True)
            names = [name for name in vars(properties)]
            said = {name: getattr(properties, name) for name in names}
        else:
            message = channel.basic_get(queue, no_ack=True)
            body, said = message.body, dict(message.properties)
        print(json.dumps(summary(body, said), sort_keys=True))
    connection.close()


if __name__ == "__main__":
    command, library, port, queue = sys.argv[1:5]
    if command == "write":
        write(library, int(port), queue)
    else:
        read(library, int(port), queue, int(sys.argv[5]))
