export * from "signature_pad";
export { default } from "signature_pad";
