import { defineConfig } from "vite";

// One build for three faces. The manifest tells the server which file each face needs.
export default defineConfig({
  base: "/static/dist/",
  build: {
    outDir: "../platform/gcrm/web/static/dist",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2021",
    assetsInlineLimit: 0,
    modulePreload: false,
    cssCodeSplit: true,
    rollupOptions: {
      input: {
        citizen: "src/citizen/main.ts",
        staff: "src/staff/main.ts",
        designer: "src/designer/main.ts",
      },
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
});
