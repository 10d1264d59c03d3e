/** Messages for people, in every language that answers can be in. */
import type { AnswerLanguage } from './languages.ts';

export type UserMessage =
  | 'invalid'
  | 'limit'
  | 'signIn'
  | 'forbidden'
  | 'notFound'
  | 'language'
  | 'busy'
  | 'system';

const FRENCH: Readonly<Record<UserMessage, string>> = {
  invalid: 'La requête contient une valeur non valide. Vérifiez-la et réessayez.',
  limit: 'La limite autorisée est dépassée.',
  signIn: 'Votre session n’est plus valide. Reconnectez-vous.',
  forbidden: 'Vous n’êtes pas autorisé à effectuer cette action.',
  notFound: 'L’élément demandé est introuvable.',
  language: 'La langue demandée n’est pas prise en charge.',
  busy: 'Une autre tâche est déjà en cours. Réessayez plus tard.',
  system: 'Le système ne peut pas traiter cette requête. Contactez votre administrateur.',
};

export const USER_MESSAGES: Readonly<Record<AnswerLanguage, Readonly<Record<UserMessage, string>>>> = {
  'en-US': {
    invalid: 'The request contains a value that is not valid. Check it and try again.',
    limit: 'The allowed limit is exceeded.',
    signIn: 'Your session is no longer valid. Sign in again.',
    forbidden: 'You are not allowed to perform this action.',
    notFound: 'The requested item was not found.',
    language: 'The requested language is not supported.',
    busy: 'Another job is already running. Try again later.',
    system: 'The system cannot process this request. Contact your administrator.',
  },
  'es-ES': {
    invalid: 'La solicitud contiene un valor no válido. Compruébelo e inténtelo de nuevo.',
    limit: 'Se ha superado el límite permitido.',
    signIn: 'Su sesión ya no es válida. Inicie sesión de nuevo.',
    forbidden: 'No tiene permiso para realizar esta acción.',
    notFound: 'No se ha encontrado el elemento solicitado.',
    language: 'El idioma solicitado no está disponible.',
    busy: 'Ya hay otro trabajo en curso. Inténtelo más tarde.',
    system: 'El sistema no puede procesar esta solicitud. Póngase en contacto con su administrador.',
  },
  'fr-FR': FRENCH,
  'it-IT': {
    invalid: 'La richiesta contiene un valore non valido. Verificarlo e riprovare.',
    limit: 'Il limite consentito è stato superato.',
    signIn: 'La sessione non è più valida. Accedere di nuovo.',
    forbidden: 'Non si è autorizzati a eseguire questa azione.',
    notFound: 'L’elemento richiesto non è stato trovato.',
    language: 'La lingua richiesta non è supportata.',
    busy: 'Un’altra attività è già in corso. Riprovare più tardi.',
    system: 'Il sistema non può elaborare questa richiesta. Contattare l’amministratore.',
  },
  'de-DE': {
    invalid: 'Die Anfrage enthält einen ungültigen Wert. Prüfen Sie ihn und versuchen Sie es erneut.',
    limit: 'Die zulässige Grenze ist überschritten.',
    signIn: 'Ihre Sitzung ist nicht mehr gültig. Melden Sie sich erneut an.',
    forbidden: 'Sie dürfen diese Aktion nicht ausführen.',
    notFound: 'Das angeforderte Element wurde nicht gefunden.',
    language: 'Die angeforderte Sprache wird nicht unterstützt.',
    busy: 'Es läuft bereits ein anderer Auftrag. Versuchen Sie es später erneut.',
    system: 'Das System kann diese Anfrage nicht verarbeiten. Wenden Sie sich an Ihren Administrator.',
  },
  'nl-NL': {
    invalid: 'De aanvraag bevat een ongeldige waarde. Controleer deze en probeer het opnieuw.',
    limit: 'De toegestane limiet is overschreden.',
    signIn: 'Uw sessie is niet meer geldig. Meld u opnieuw aan.',
    forbidden: 'U mag deze actie niet uitvoeren.',
    notFound: 'Het gevraagde item is niet gevonden.',
    language: 'De gevraagde taal wordt niet ondersteund.',
    busy: 'Er is al een andere taak bezig. Probeer het later opnieuw.',
    system: 'Het systeem kan deze aanvraag niet verwerken. Neem contact op met uw beheerder.',
  },
  'pt-BR': {
    invalid: 'A solicitação contém um valor inválido. Verifique-o e tente novamente.',
    limit: 'O limite permitido foi excedido.',
    signIn: 'Sua sessão não é mais válida. Faça login novamente.',
    forbidden: 'Você não tem permissão para realizar esta ação.',
    notFound: 'O item solicitado não foi encontrado.',
    language: 'O idioma solicitado não é suportado.',
    busy: 'Outra tarefa já está em andamento. Tente novamente mais tarde.',
    system: 'O sistema não pode processar esta solicitação. Entre em contato com o administrador.',
  },
  'pt-PT': {
    invalid: 'O pedido contém um valor inválido. Verifique-o e tente novamente.',
    limit: 'O limite permitido foi excedido.',
    signIn: 'A sua sessão já não é válida. Inicie sessão novamente.',
    forbidden: 'Não tem permissão para executar esta ação.',
    notFound: 'O item pedido não foi encontrado.',
    language: 'O idioma pedido não é suportado.',
    busy: 'Já está em curso outra tarefa. Tente novamente mais tarde.',
    system: 'O sistema não consegue processar este pedido. Contacte o administrador.',
  },
  'da-DK': {
    invalid: 'Anmodningen indeholder en ugyldig værdi. Kontrollér den, og prøv igen.',
    limit: 'Den tilladte grænse er overskredet.',
    signIn: 'Din session er ikke længere gyldig. Log på igen.',
    forbidden: 'Du har ikke tilladelse til at udføre denne handling.',
    notFound: 'Det ønskede element blev ikke fundet.',
    language: 'Det ønskede sprog understøttes ikke.',
    busy: 'Et andet job er allerede i gang. Prøv igen senere.',
    system: 'Systemet kan ikke behandle denne anmodning. Kontakt din administrator.',
  },
  'ru-RU': {
    invalid: 'Запрос содержит недопустимое значение. Проверьте его и повторите попытку.',
    limit: 'Превышено допустимое ограничение.',
    signIn: 'Сеанс больше не действителен. Войдите снова.',
    forbidden: 'У вас нет прав на выполнение этого действия.',
    notFound: 'Запрошенный элемент не найден.',
    language: 'Запрошенный язык не поддерживается.',
    busy: 'Уже выполняется другое задание. Повторите попытку позже.',
    system: 'Система не может обработать этот запрос. Обратитесь к администратору.',
  },
  'fr-CA': FRENCH,
  'zh-CN': {
    invalid: '请求中包含无效的值。请检查后重试。',
    limit: '已超出允许的限制。',
    signIn: '您的会话已失效。请重新登录。',
    forbidden: '您无权执行此操作。',
    notFound: '未找到请求的项目。',
    language: '不支持所请求的语言。',
    busy: '另一项作业正在运行。请稍后重试。',
    system: '系统无法处理此请求。请与管理员联系。',
  },
  'ja-JP': {
    invalid: '要求に無効な値が含まれています。確認してもう一度お試しください。',
    limit: '許可されている上限を超えました。',
    signIn: 'セッションが無効になりました。もう一度サインインしてください。',
    forbidden: 'この操作を実行する権限がありません。',
    notFound: '要求された項目が見つかりませんでした。',
    language: '要求された言語はサポートされていません。',
    busy: '別のジョブが既に実行中です。後でもう一度お試しください。',
    system: 'システムはこの要求を処理できません。管理者に連絡してください。',
  },
  'ko-KR': {
    invalid: '요청에 잘못된 값이 있습니다. 확인한 후 다시 시도하십시오.',
    limit: '허용된 한도를 초과했습니다.',
    signIn: '세션이 더 이상 유효하지 않습니다. 다시 로그인하십시오.',
    forbidden: '이 작업을 수행할 권한이 없습니다.',
    notFound: '요청한 항목을 찾을 수 없습니다.',
    language: '요청한 언어는 지원되지 않습니다.',
    busy: '다른 작업이 이미 실행 중입니다. 나중에 다시 시도하십시오.',
    system: '시스템에서 이 요청을 처리할 수 없습니다. 관리자에게 문의하십시오.',
  },
  'sv-SE': {
    invalid: 'Begäran innehåller ett ogiltigt värde. Kontrollera det och försök igen.',
    limit: 'Den tillåtna gränsen har överskridits.',
    signIn: 'Din session är inte längre giltig. Logga in igen.',
    forbidden: 'Du har inte behörighet att utföra den här åtgärden.',
    notFound: 'Det begärda objektet hittades inte.',
    language: 'Det begärda språket stöds inte.',
    busy: 'Ett annat jobb pågår redan. Försök igen senare.',
    system: 'Systemet kan inte behandla begäran. Kontakta administratören.',
  },
};
