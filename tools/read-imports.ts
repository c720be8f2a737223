import { parseSync, Visitor } from 'rolldown/utils'

/** One import of a file: of what, on which line, and whether it vanishes with the types. */
export interface Import {
  /** Undefined for `import(expression)`, which nobody can check. */
  readonly specifier: string | undefined
  readonly line: number
  readonly typesOnly: boolean
}

/** Every import of a TypeScript file in order: import and export … from, import(…) and import('…') in a type. */
export function readImports(path: string, source: string): Import[] {
  const { program, errors } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`)
  const found: Import[] = []
  const add = (start: number, specifier: string | undefined, typesOnly: boolean) => {
    found.push({ specifier, line: source.slice(0, start).split('\n').length, typesOnly })
  }
  new Visitor({
    ImportDeclaration({ start, source: { value }, importKind, specifiers }) {
      const onlyTypes =
        specifiers.length > 0 && specifiers.every((one) => 'importKind' in one && one.importKind === 'type')
      add(start, value, importKind === 'type' || onlyTypes)
    },
    ExportNamedDeclaration({ start, source: from, exportKind, specifiers }) {
      const onlyTypes = specifiers.length > 0 && specifiers.every((one) => one.exportKind === 'type')
      if (from !== null) add(start, from.value, exportKind === 'type' || onlyTypes)
    },
    ExportAllDeclaration({ start, source: { value }, exportKind }) {
      add(start, value, exportKind === 'type')
    },
    ImportExpression({ start, source: expression }) {
      const literal =
        expression.type === 'Literal' && typeof expression.value === 'string' ? expression.value : undefined
      add(start, literal, false)
    },
    TSImportType({ start, source: { value } }) {
      add(start, value, true)
    },
  }).visit(program)
  return found.sort((left, right) => left.line - right.line)
}
