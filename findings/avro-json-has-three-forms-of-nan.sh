#!/usr/bin/env bash
# org.apache.avro:avro 1.12.0 (Java), avsc 5.7.9 (JavaScript), fastavro 1.13.1 (Python), github.com/linkedin/goavro v2.15.0 (Go).
#
# A double NaN in Avro's JSON encoding: Java writes the text "NaN", avsc and goavro write null, fastavro writes NaN, which is no JSON. Java
# and avsc refuse what they wrote themselves ("Expected double", "invalid double"); goavro and fastavro read their own.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fastavro==1.13.1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund avsc@5.7.9
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.avro</groupId><artifactId>avro</artifactId><version>1.12.0</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import java.io.ByteArrayOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

public class Seen {
  public static void main(String[] args) throws Exception {
    var schema = Schema.create(Schema.Type.DOUBLE);
    var written = new ByteArrayOutputStream();
    var encoder = EncoderFactory.get().jsonEncoder(schema, written);
    new GenericDatumWriter<Double>(schema).write(Double.NaN, encoder);
    encoder.flush();
    String read;
    try {
      read = String.valueOf(new GenericDatumReader<Double>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, written.toString())));
    } catch (Exception error) {
      read = error.getMessage();
    }
    System.out.println("Java " + written + " own reader: " + read);
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >seen
node -e '
const type = require("avsc").Type.forSchema("double")
const written = type.toString(NaN)
let read
try {
  read = type.fromString(written)
} catch (error) {
  read = error.message
}
console.log("avsc", written, "own reader:", read)
' >>seen
venv/bin/python - >>seen <<'PYTHON'
import io
import fastavro

written = io.StringIO()
fastavro.json_writer(written, "double", [float("nan")])
print("fastavro", written.getvalue(), "own reader:", next(fastavro.json_reader(io.StringIO(written.getvalue()), "double")))
PYTHON
cat >main.go <<'GO'
package main

import (
	"fmt"
	"math"

	"github.com/linkedin/goavro/v2"
)

func main() {
	codec, _ := goavro.NewCodec(`"double"`)
	written, _ := codec.TextualFromNative(nil, math.NaN())
	read, _, err := codec.NativeFromTextual(written)
	fmt.Println("goavro", string(written), "own reader:", read, err)
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/linkedin/goavro/v2@v2.15.0 >/dev/null 2>&1
go run -mod=mod main.go >>seen
cat seen
printf '%s\n' 'Java "NaN" own reader: Expected double. Got VALUE_STRING' 'avsc null own reader: invalid "double": null' \
  'fastavro NaN own reader: nan' 'goavro null own reader: NaN <nil>' | diff - seen
echo 'seen with avro 1.12.0 (Java), avsc 5.7.9, fastavro 1.13.1 and goavro v2.15.0'
