#!/usr/bin/env bash
# com.fasterxml.jackson.dataformat:jackson-dataformat-cbor 2.19.0 (Java); read and written by cbor2 6.3.0 (Python).
#
# RFC 8949 writes a negative big integer n (tag 3) as the bytes of -1 - n; Jackson writes those of -n, and reads so: -18446744073709551617
# from Java is -18446744073709551618 in Python, the one from Python is one more in Java. A decimal (tag 4) with such digits as well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cbor2==6.3.0
cat >pom.xml <<'POM'
<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>seen</groupId><artifactId>seen</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>com.fasterxml.jackson.dataformat</groupId><artifactId>jackson-dataformat-cbor</artifactId><version>2.19.0</version></dependency>
    <dependency><groupId>com.fasterxml.jackson.core</groupId><artifactId>jackson-databind</artifactId><version>2.19.0</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib >/dev/null
cat >Seen.java <<'JAVA'
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HexFormat;

public class Seen {
  public static void main(String[] args) throws Exception {
    var mapper = new CBORMapper();
    if (args.length > 0) {
      System.out.println("Python to Java: " + mapper.readValue(HexFormat.of().parseHex(args[0]), BigInteger.class));
      return;
    }
    for (Number number : new Number[] {new BigInteger("18446744073709551617"), new BigInteger("-18446744073709551617"), new BigDecimal("-18446744073709551617.5")}) {
      System.out.println(number + " " + HexFormat.of().formatHex(mapper.writeValueAsBytes(number)));
    }
  }
}
JAVA
java -cp 'lib/*' Seen.java 2>/dev/null >written
venv/bin/python - >seen <<'PYTHON'
import cbor2

for line in open("written"):
    number, data = line.split()
    print("Java to Python:", number, "is read as", cbor2.loads(bytes.fromhex(data)))
PYTHON
java -cp 'lib/*' Seen.java "$(venv/bin/python -c 'import cbor2; print(cbor2.dumps(-18446744073709551617).hex())')" 2>/dev/null >>seen
cat seen
printf '%s\n' 'Java to Python: 18446744073709551617 is read as 18446744073709551617' \
  'Java to Python: -18446744073709551617 is read as -18446744073709551618' \
  'Java to Python: -18446744073709551617.5 is read as -18446744073709551617.6' 'Python to Java: -18446744073709551616' | diff - seen
echo 'seen with jackson-dataformat-cbor 2.19.0 and cbor2 6.3.0'
