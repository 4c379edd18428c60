export { createDocument, type Document } from './create-document.ts';
