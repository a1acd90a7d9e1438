-- What the application deletes from: rows that wait, drafts, and what a register's file made and is taken back.
SELECT application_deletes('ebikes_stagedtradein');
SELECT application_deletes('ebikes_stagedfiledbike');
SELECT application_deletes('ebikes_stagedmerchant');
SELECT application_deletes('ebikes_stagedagentpoint');
SELECT application_deletes('ebikes_importrow');
SELECT application_deletes('ebikes_tradeindraft');
SELECT application_deletes('ebikes_tradeinphoto');
SELECT application_deletes('ebikes_filedbike');
SELECT application_deletes('ebikes_owner');
