// The SQL editor: CodeMirror over the plain field, which stays the one that is sent. In a shadow root, where its styles are
// adopted sheets: the policy of content allows no others. Where anything of this isn't there, the field is as it was.
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { StandardSQL, sql } from "@codemirror/lang-sql";
import { HighlightStyle, bracketMatching, syntaxHighlighting } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { EditorView, highlightSpecialChars, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const field = document.querySelector("textarea[data-editor]");
if (field && "adoptedStyleSheets" in Document.prototype) {
  const host = document.createElement("div");
  host.className = "editor";
  const root = host.attachShadow({ mode: "open" });
  const colours = HighlightStyle.define([
    { tag: tags.keyword, color: "#0017c1", fontWeight: "700" },
    { tag: [tags.string, tags.special(tags.string)], color: "#115a36" },
    { tag: [tags.number, tags.bool, tags.null], color: "#8b1a00" },
    { tag: tags.comment, color: "#4d4d4d", fontStyle: "italic" },
  ]);
  const looks = EditorView.theme({
    "&": { border: "1px solid #626264", borderRadius: "8px", backgroundColor: "#fff", color: "#1a1a1a" },
    "&.cm-focused": { outline: "4px solid #000", outlineOffset: "2px", boxShadow: "0 0 0 2px #ffd43d" },
    ".cm-scroller": { fontFamily: "\"Noto Sans Mono\", \"BIZ UDGothic\", monospace", lineHeight: "1.5", minHeight: "18rem", maxHeight: "60vh" },
    ".cm-gutters": { backgroundColor: "#f2f2f2", color: "#4d4d4d" },
  });
  const send = () => {
    field.value = view.state.doc.toString();
    field.form.requestSubmit();
    return true;
  };
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        lineNumbers(),
        history(),
        highlightSpecialChars(),
        bracketMatching(),
        sql({ dialect: StandardSQL }),
        syntaxHighlighting(colours),
        looks,
        EditorView.lineWrapping,
        // Tab leaves the editor, as it leaves every other field.
        keymap.of([{ key: "Mod-Enter", run: send }, ...defaultKeymap, ...historyKeymap]),
        EditorView.contentAttributes.of({
          "aria-label": field.labels[0].textContent,
          "aria-description": field.dataset.editor,
          spellcheck: "false",
          autocapitalize: "none",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) field.value = update.state.doc.toString();
        }),
      ],
    }),
  });
  field.hidden = true;
  // A hidden field that must be filled in can't say so.
  field.required = false;
  field.after(host);
  for (const label of field.labels) label.addEventListener("click", () => view.focus());
  addEventListener("pageshow", () => {
    // Back to the page: the browser put the field as it was left.
    if (field.value !== view.state.doc.toString()) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: field.value } });
    }
  });
}
