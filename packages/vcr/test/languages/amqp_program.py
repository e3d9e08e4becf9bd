"""Arguments: port, name. Publishes with confirms, one message that is returned, and consumes; says what it saw."""

import json
import sys
import uuid

import pika

port, name = int(sys.argv[1]), sys.argv[2]
connection = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", port))
channel = connection.channel()
channel.queue_declare(name, auto_delete=True, arguments={"x-max-length": 10})
channel.confirm_delivery()
channel.basic_qos(prefetch_count=1)
try:
    channel.basic_publish("", name + ".nowhere", b"", mandatory=True)
except pika.exceptions.UnroutableError as error:
    print("returned", error.messages[0].method.reply_text)
for number in range(4):
    properties = pika.BasicProperties(headers={"number": number}, message_id=str(uuid.uuid4()))
    channel.basic_publish("", name, json.dumps({"number": number}), properties)
given = 0
for method, properties, body in channel.consume(name):
    print("got", body.decode(), properties.headers, method.redelivered)
    given += 1
    if b"2" in body and not method.redelivered:
        channel.basic_nack(method.delivery_tag)
        continue
    channel.basic_ack(method.delivery_tag)
    if given == 5:
        break
channel.cancel()
try:
    channel.queue_declare(name + ".nowhere", passive=True)
except pika.exceptions.ChannelClosedByBroker as error:
    print("refused", error.reply_code)
connection.close()
print("done")
