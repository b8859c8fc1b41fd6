import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';

/** What an instrumented module begins with: places for its counters, and who is told of comparisons. */
const PROLOGUE = /^const __reached = globalThis\.__fuzz\.reserve\(/;

/**
 * Puts a counter into each branch of the compiled sources, in their place, and lets comparisons be noted: what guides
 * the fuzzer. Sources that have them are left alone.
 *
 * @param directory - compiled sources, and those of directories in it
 */
export async function instrument(directory: string): Promise<void> {
  const files = await readdir(directory, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    const path = join(directory, file);
    const code = await readFile(path, 'utf8');
    if (!PROLOGUE.test(code)) await writeFile(path, instrumented(code));
  }
}

/**
 * A module with counters in its branches: functions, both sides of conditions, loops, cases.
 *
 * @param code - JavaScript, an ES module
 */
export function instrumented(code: string): string {
  const source = ts.createSourceFile('module.js', code, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);
  let counters = 0;
  const { factory } = ts;
  const count = (): ts.Expression => {
    const place = factory.createElementAccessExpression(factory.createIdentifier('__reached'), counters++);
    return factory.createPostfixIncrement(place);
  };
  const counted = (expression: ts.Expression): ts.Expression =>
    factory.createParenthesizedExpression(factory.createComma(count(), expression));
  const block = (statement: ts.Statement | undefined): ts.Block => {
    const own = statement === undefined ? [] : ts.isBlock(statement) ? statement.statements : [statement];
    return factory.createBlock([factory.createExpressionStatement(count()), ...own], true);
  };

  const transformer: ts.TransformerFactory<ts.SourceFile> = (context) => {
    const visit = (given: ts.Node): ts.Node => {
      const node = ts.visitEachChild(given, visit, context);
      if (ts.isIfStatement(node))
        return factory.updateIfStatement(node, node.expression, block(node.thenStatement), block(node.elseStatement));
      if (ts.isForStatement(node))
        return factory.updateForStatement(
          node,
          node.initializer,
          node.condition,
          node.incrementor,
          block(node.statement),
        );
      if (ts.isForOfStatement(node))
        return factory.updateForOfStatement(
          node,
          node.awaitModifier,
          node.initializer,
          node.expression,
          block(node.statement),
        );
      if (ts.isWhileStatement(node)) return factory.updateWhileStatement(node, node.expression, block(node.statement));
      if (ts.isCaseOrDefaultClause(node)) {
        const statements = [factory.createExpressionStatement(count()), ...node.statements];
        if (ts.isCaseClause(node)) return factory.updateCaseClause(node, node.expression, statements);
        return factory.updateDefaultClause(node, statements);
      }
      if (ts.isConditionalExpression(node)) {
        const { condition, questionToken, whenTrue, colonToken, whenFalse } = node;
        const sides = [counted(whenTrue), counted(whenFalse)] as const;
        return factory.updateConditionalExpression(node, condition, questionToken, sides[0], colonToken, sides[1]);
      }
      if (ts.isBinaryExpression(node)) return binary(node);
      if (ts.isArrowFunction(node)) {
        const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken: arrow, body } = node;
        const own = ts.isBlock(body) ? block(body) : counted(body);
        return factory.updateArrowFunction(node, modifiers, typeParameters, parameters, type, arrow, own);
      }
      if (ts.isBlock(node) && ts.isFunctionLike(given.parent) && !ts.isArrowFunction(given.parent)) return block(node);
      return node;
    };
    return (file) => ts.visitEachChild(file, visit, context);
  };

  const binary = (node: ts.BinaryExpression): ts.Expression => {
    const { left, operatorToken, right } = node;
    switch (operatorToken.kind) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionToken:
        return factory.updateBinaryExpression(node, left, operatorToken, counted(right));
      case ts.SyntaxKind.EqualsEqualsEqualsToken:
      case ts.SyntaxKind.ExclamationEqualsEqualsToken: {
        const equal = factory.createCallExpression(factory.createIdentifier('__equal'), undefined, [left, right]);
        return operatorToken.kind === ts.SyntaxKind.EqualsEqualsEqualsToken ? equal : factory.createLogicalNot(equal);
      }
      default:
        return node;
    }
  };

  const { transformed } = ts.transform(source, [transformer]);
  const body = ts.createPrinter().printFile(transformed[0] ?? source);
  return `const __reached = globalThis.__fuzz.reserve(${counters});\nconst __equal = globalThis.__fuzz.equal;\n${body}`;
}
