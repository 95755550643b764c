export interface Part { scope?: string; children: (Part | string)[] }
declare const highlighter: {
  registerLanguage(name: string, grammar: unknown): void;
  getLanguage(name: string): object | undefined;
  highlight(code: string, options: { language: string; ignoreIllegals: boolean }): { _emitter: { rootNode: Part } };
};
export default highlighter;
