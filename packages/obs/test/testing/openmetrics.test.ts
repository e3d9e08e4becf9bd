import { describe, expect, test } from 'vitest'
import { parseOpenMetrics } from '../../src/testing/index.ts'

const head = '# TYPE h histogram\n# HELP h H.\n'
const gauge = '# TYPE a gauge\n# HELP a A.\n'
const counter = '# TYPE a counter\n# HELP a A.\n'
const end = '# EOF\n'

describe('the strict OpenMetrics reader', () => {
  test('gives families with their metadata and samples', () => {
    const text = `# TYPE a_bytes counter
# UNIT a_bytes bytes
# HELP a_bytes A \\"quoted\\" \\\\ help\\n.
a_bytes_total{b="c\\n\\"\\\\",d=""} 12 # {trace="x y"} 3.5 1.5
# EOF`
    expect(parseOpenMetrics(text)).toEqual([
      {
        name: 'a_bytes',
        type: 'counter',
        unit: 'bytes',
        help: 'A "quoted" \\ help\n.',
        samples: [
          {
            line: 4,
            name: 'a_bytes_total',
            labels: new Map([
              ['b', 'c\n"\\'],
              ['d', ''],
            ]),
            text: '12',
            value: 12,
            exemplar: { labels: new Map([['trace', 'x y']]), value: 3.5, timestamp: 1.5 },
          },
        ],
      },
    ])
  })

  test.for<[string, string, number, string]>([
    // The document
    ['no end', `${gauge}a 1\n`, 3, 'the text ends without "# EOF"'],
    ['nothing', '', 1, 'the text ends without "# EOF"'],
    ['a line after the end', `${end}a 1\n`, 2, 'a line after "# EOF"'],
    ['an empty line after the end', `${end}\n`, 2, 'a line after "# EOF"'],
    ['an empty line', `${gauge}\na 1\n${end}`, 3, 'an empty line'],
    ['a leading empty line', `\n${end}`, 1, 'an empty line'],
    ['a byte-order mark', `\ufeff${gauge}a 1\n${end}`, 1, 'a byte-order mark'],
    [
      'a comment',
      `# hello\n${end}`,
      1,
      'a line with # is none of "# TYPE name type", "# UNIT name unit", "# HELP name text"',
    ],
    [
      'carriage returns',
      `${gauge}a 1\r\n${end}`,
      1,
      'the text holds a carriage return, for which OpenMetrics has no escape',
    ],
    ['two spaces', `${gauge}a  1\n${end}`, 3, 'expected a number at column 3'],
    ['a space at the end', `${gauge}a 1 \n${end}`, 3, 'expected a timestamp in seconds at column 5'],
    // Families
    ['metadata after samples', `${gauge}a 1\n# UNIT a \n${end}`, 4, 'UNIT of a after its samples'],
    ['a second TYPE', `# TYPE a gauge\n# TYPE a gauge\n${end}`, 2, 'a second TYPE of a'],
    [
      'an unknown type',
      `# TYPE a untyped\n${end}`,
      1,
      'untyped is none of the types counter, gauge, histogram, gaugehistogram, stateset, info, summary, unknown',
    ],
    [
      'HELP before TYPE',
      `# HELP a A.\n# TYPE a gauge\na 1\n${end}`,
      1,
      'family a has the metadata HELP, TYPE, expected TYPE, UNIT if any, HELP',
    ],
    ['no metadata', `a 1\n${end}`, 1, 'family a has the metadata none, expected TYPE, UNIT if any, HELP'],
    [
      'a family in two places',
      `${gauge}a 1\n# TYPE b gauge\n# HELP b B.\nb 1\n${gauge}a 2\n${end}`,
      7,
      'a belongs to family a above, of which a is no part',
    ],
    [
      'a unit that the name lacks',
      `# TYPE a gauge\n# UNIT a bytes\n# HELP a A.\n${end}`,
      1,
      'the unit bytes is not the end of the name a',
    ],
    ['a unit on an info', `# TYPE a_x info\n# UNIT a_x x\n# HELP a_x A.\n${end}`, 1, 'a unit on info a_x'],
    [
      'a counter and a gauge of one name',
      `${counter}a_total 1\n# TYPE a_total gauge\n# HELP a_total A.\na_total 1\n${end}`,
      4,
      'a_total belongs to family a above, of which a_total is no part',
    ],
    ['a reserved name', `# TYPE _a gauge\n# HELP _a A.\n${end}`, 1, 'the name _a is reserved'],
    ['a raw quote in help', `# TYPE a gauge\n# HELP a A "b".\n${end}`, 2, 'a " in help is escaped'],
    [
      'target after another',
      `${gauge}# TYPE target info\n# HELP target T.\ntarget_info 1\n${end}`,
      3,
      'the target family is not the first',
    ],
    // Samples
    [
      'a label twice',
      `${gauge}a{b="1",b="2"} 1\n${end}`,
      3,
      'expected a label other than b, which is there already, at column 10',
    ],
    ['a reserved label', `${gauge}a{_b="1"} 1\n${end}`, 3, 'label _b starts with an underscore, which is reserved'],
    ['a label without quotes', `${gauge}a{b=1} 1\n${end}`, 3, 'expected a quoted label value at column 5'],
    ['an open label', `${gauge}a{b="1} 1\n${end}`, 3, 'expected a quoted label value at column 5'],
    ['a comma after the last label', `${gauge}a{b="1",} 1\n${end}`, 3, 'expected a label name at column 9'],
    ['an escape that is none', `${gauge}a{b="\\t"} 1\n${end}`, 3, 'an escape of a character that needs none'],
    ['a number of another language', `${gauge}a 0x1\n${end}`, 3, 'expected a number at column 3'],
    ['a timestamp', `${gauge}a 1 2\n${end}`, 3, 'a has a timestamp'],
    ['one series twice', `${gauge}a 1\na 1\n${end}`, 4, 'a is there twice'],
    [
      'a label set in two places',
      `${gauge}a{b="1"} 1\na{b="2"} 1\na{b="1"} 1\n${end}`,
      5,
      'a: samples of one label set are apart',
    ],
    // Types
    ['a counter below 0', `${counter}a_total -1\n${end}`, 3, 'a_total: its value is below 0'],
    ['a counter that is no number', `${counter}a_total NaN\n${end}`, 3, 'a_total: its value is not a number'],
    ['a counter without _total', `${counter}a 1\n${end}`, 3, 'a belongs to family a above, of which a is no part'],
    ['a state of 2', `# TYPE a stateset\n# HELP a A.\na{a="x"} 2\n${end}`, 3, 'a: the value of a state is 0 or 1'],
    ['a state without its label', `# TYPE a stateset\n# HELP a A.\na 1\n${end}`, 3, 'a: a state has a label a'],
    ['an info of 2', `# TYPE a info\n# HELP a A.\na_info 2\n${end}`, 3, 'a_info: the value of an info is 1'],
    [
      'a quantile above 1',
      `# TYPE a summary\n# HELP a A.\na{quantile="2.0"} 2\n${end}`,
      3,
      'a: its quantile is not in 0 to 1',
    ],
    [
      'an exemplar on a gauge',
      `${gauge}a 1 # {} 1\n${end}`,
      3,
      'a: only the total of a counter and the buckets of a histogram have exemplars',
    ],
    [
      'an exemplar that is too long',
      `${counter}a_total 1 # {b="${'x'.repeat(128)}"} 1\n${end}`,
      3,
      'the labels of an exemplar have 129 characters, 128 are allowed',
    ],
    // Histograms
    ['le that is not canonical', `${head}h_bucket{le="1"} 0\n${end}`, 3, 'le="1" is not canonical, 1.0 would be'],
    ['no bucket +Inf', `${head}h_bucket{le="1.0"} 0\n${end}`, 3, 'histogram h: the bucket +Inf is missing'],
    [
      'buckets that fall',
      `${head}h_bucket{le="2.0"} 0\nh_bucket{le="1.0"} 0\nh_bucket{le="+Inf"} 0\n${end}`,
      4,
      'histogram h: the buckets do not ascend',
    ],
    [
      'buckets that are not cumulative',
      `${head}h_bucket{le="1.0"} 2\nh_bucket{le="+Inf"} 1\n${end}`,
      4,
      'histogram h: a bucket counts less than the one below it',
    ],
    ['half a count', `${head}h_bucket{le="+Inf"} 0.5\n${end}`, 3, 'the count 0.5 is not written as an integer'],
    ['a count with a point', `${head}h_bucket{le="+Inf"} 1.0\n${end}`, 3, 'the count 1.0 is not written as an integer'],
    [
      'a count without a sum',
      `${head}h_bucket{le="+Inf"} 1\nh_count 1\n${end}`,
      4,
      'histogram h: of count and sum, one is missing',
    ],
    [
      'a count that differs',
      `${head}h_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n${end}`,
      5,
      'histogram h: the count differs from the bucket +Inf',
    ],
    ['a bucket without le', `${head}h_bucket 1\n${end}`, 3, 'histogram h: a bucket has no number for its le'],
    [
      'a sum with buckets below 0',
      `${head}h_bucket{le="-1.0"} 0\nh_bucket{le="+Inf"} 1\nh_sum 1.0\nh_count 1\n${end}`,
      5,
      'histogram h: there is a sum although a bucket is below 0',
    ],
  ])('refuses %s', ([, text, line, reason]) => {
    expect(() => parseOpenMetrics(text)).toThrow(
      expect.objectContaining({
        name: 'OpenMetricsError',
        line,
        message: `read OpenMetrics text at line ${line}: ${reason}`,
      }),
    )
  })

  test('refuses bytes that are not UTF-8', () => {
    expect(() => parseOpenMetrics(Uint8Array.of(0x23, 0xff))).toThrow(
      'read OpenMetrics text at line 1: the text is not UTF-8',
    )
  })

  test.for<[string, string]>([
    ['metadata in another order', `# HELP a A.\n# TYPE a gauge\na 1\n${end}`],
    ['samples without metadata', `a 1\n${end}`],
    ['timestamps that ascend', `${gauge}a 1 1\na 1 2\n${end}`],
    ['le that is not canonical', `${head}h_bucket{le="1"} 0\nh_bucket{le="+Inf"} 1\n${end}`],
    ['an escape that is none', `${gauge}a{b="\\t"} 1\n${end}`],
    ['a name with a colon', `# TYPE a:b gauge\n# HELP a:b A.\na:b 1\n${end}`],
  ])('takes %s only where recommendations are ignored', ([, text]) => {
    expect(parseOpenMetrics(text, { recommendations: 'ignore' })).toHaveLength(1)
    expect(() => parseOpenMetrics(text)).toThrow(/^read OpenMetrics text at line/)
  })

  test.for<[string, string, string]>([
    ['timestamps that fall', `${gauge}a 1 2\na 1 1\n${end}`, 'a: the timestamp is before the previous one'],
    [
      'timestamps on some samples',
      `${gauge}a 1 2\na 1\n${end}`,
      'a: of one label set, some samples have a timestamp and some not',
    ],
    ['half a count', `${head}h_bucket{le="+Inf"} 0.5\n${end}`, 'h_bucket: it counts events and is not an integer'],
  ])('refuses %s even where recommendations are ignored', ([, text, reason]) => {
    expect(() => parseOpenMetrics(text, { recommendations: 'ignore' })).toThrow(reason)
  })
})
